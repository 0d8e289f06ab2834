"""camlab end to end: `camlab run` on an experiment with an empty store; total seconds per photograph."""
import os
import subprocess
import tempfile
import time


class Run:
    def __init__(self, task):
        self.task, self.memory = task, 0.0

    def measure(self, _):
        with tempfile.TemporaryDirectory() as folder:
            command = [self.task["camlab"], "run", self.task["experiment"], "--quiet", "--jobs",
                       str(self.task["threads"]), "--store", f"{folder}/store", "--out", f"{folder}/report"]
            environment = {**os.environ, "CAMLAB_SHARED": self.task["shared"]}
            start = time.perf_counter()
            process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
            complaint = process.stderr.read()
            _, status, usage = os.wait4(process.pid, 0)
            wall = time.perf_counter() - start
        if status != 0:
            raise RuntimeError(complaint.strip())
        self.memory = max(self.memory, usage.ru_maxrss * 1024 / 1e6)
        return {"seconds": wall / self.task["photographs"], "whole_seconds": wall}

    def finish(self):
        return {"peak_memory_mb": self.memory}


def make(task):
    return Run(task)

"""camlab's box evaluator, measured by benches/boxes.rs; the time is read from divan's table."""
import json
import os
import re
import subprocess

UNITS = {"ns": 1e-9, "µs": 1e-6, "ms": 1e-3, "s": 1.0}


def executable(root):
    command = ["cargo", "bench", "--bench", "boxes", "--no-run", "--message-format", "json"]
    built = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    found = [json.loads(line).get("executable") for line in built.stdout.splitlines()]
    return [path for path in found if path and "boxes" in os.path.basename(path)][-1]


class Boxes:
    def __init__(self, task):
        self.path, self.map, self.memory = executable(task["root"]), task["map"], 0.0

    def measure(self, seconds):
        command = [self.path, "--bench", self.map, "--max-time", str(seconds)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        table = process.stdout.read()
        _, _, usage = os.wait4(process.pid, 0)
        self.memory = max(self.memory, usage.ru_maxrss * 1024 / 1e6)
        # divan's columns: fastest, slowest, median, mean.
        line = next(line for line in table.splitlines() if self.map in line)
        number, unit = re.match(r"\s*([\d.]+) (\S+)", line.split("│")[2]).groups()
        return {"seconds": float(number) * UNITS[unit]}

    def finish(self):
        return {"peak_memory_mb": self.memory}


def make(task):
    return Boxes(task)

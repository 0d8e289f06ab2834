"""camlab, measured by `camlab bench ... --json`; a new process for every round."""
import json
import os
import subprocess


class Command:
    """A command line of `camlab bench`, and the largest peak memory of its processes."""

    def __init__(self, arguments, output):
        self.arguments, self.output, self.memory = arguments, output, 0.0

    def measure(self, seconds):
        command = [*self.arguments, "--seconds", str(seconds), "--json"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.strip().removeprefix("error: "))
        said = json.loads(done.stdout)
        self.memory = max(self.memory, said["peak_memory_mb"])
        kept = ("gflops", "peak_gflops", "share_of_peak", "isa")
        return {"seconds": said["seconds_per_batch"], **{key: said[key] for key in kept if key in said}}

    def finish(self):
        written = os.path.exists(self.output)
        return {"peak_memory_mb": self.memory, **({"output": self.output} if written else {})}


# Backbone of the checkpoint in CAMLAB_SHARED, as in experiments/imagenet-val500.toml.
IMAGENET = '{ resnet50 = { variant = "v1", bn-eps = 1e-3 } }'


# Networks that camlab has no name for: imported from the file that the other engines read.
IMPORTED = ("mobilenet_v2", "densenet121", "efficientnet-lite0")


def make(task):
    network = IMAGENET if task["network"] == "imagenet" else task["network"]
    if network in IMPORTED:
        file = task["stem"] + ".onnx"
        network, task["weights"] = f'{{ onnx = {{ file = "{file}" }} }}', file
    arguments = [task["camlab"], "bench", "--network", network, "--threads", str(task["threads"]),
                 "--weights", task["weights"], "--inputs", task["images"], "--precision", task["precision"]]
    if "method" in task:
        arguments += ["--method", task["method"], "--layer", task["layer"]]
    # A training step has no output to compare with the peers'.
    arguments += ["--train"] if task.get("train") else ["--output", task["output"]]
    return Command(arguments, task["output"])

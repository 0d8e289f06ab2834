"""Runs one engine in its own process, so that its peak memory can be measured.

    worker.py '{"engine": "torch_eager", "threads": 2, ...}'

Prints {"ready": true} after warm-up, measures once for every line on standard input (the seconds to spend), and at
the end prints its peak memory and the path of its output.
"""
import importlib
import json
import os
import sys
import warnings


def serve(task, say):
    engine = importlib.import_module(f"engines.{task['engine']}").make(task)
    say({"ready": True})
    for line in sys.stdin:
        say(engine.measure(float(line)))
    last = engine.finish()
    if getattr(engine, "result", None) is not None:
        import numpy as np

        np.save(task["output"], np.asarray(engine.result, dtype=np.float32))
        last["output"] = task["output"]
    say(last)


def main():
    # Libraries may print; their standard output goes to standard error, to keep the protocol intact.
    protocol = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def say(fields):
        print(json.dumps(fields), file=protocol, flush=True)

    task = json.loads(sys.argv[1])
    warnings.filterwarnings("ignore")
    os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(task["threads"])
    try:
        serve(task, say)
    except Exception as error:  # a failed engine is reported in its cell of the table
        reason = str(error).strip().splitlines() or [""]
        say({"failed": f"{type(error).__name__}: {reason[0]}"})
        raise


main()

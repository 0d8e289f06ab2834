"""One engine in a process of its own, so that its peak memory is its own.

    worker.py '{"engine": "torch_eager", "threads": 2, ...}'

Says {"ready": true} when it has warmed up, measures once for every line on standard input (how many seconds to spend),
and at its end says how much memory it took and where it wrote what it computed.
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
    # Libraries that chat must not break the protocol: what they print goes to standard error.
    protocol = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def say(fields):
        print(json.dumps(fields), file=protocol, flush=True)

    task = json.loads(sys.argv[1])
    warnings.filterwarnings("ignore")
    os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(task["threads"])
    try:
        serve(task, say)
    except Exception as error:  # an engine that cannot do a row is a cell of the table, not the end of it
        reason = str(error).strip().splitlines() or [""]
        say({"failed": f"{type(error).__name__}: {reason[0]}"})
        raise


main()

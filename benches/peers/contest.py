"""Runs the contestants of a row in turn, round after round, so that a drifting machine is fair to all."""
import json
import os
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
# Thread pools spin for a while after their last task; the next contestant waits for that to end.
PAUSE = 0.4


class Contestant:
    """A worker process and what it said."""

    def __init__(self, name, task):
        self.name, self.times, self.extra, self.failed = name, [], {}, None
        command = [sys.executable, os.path.join(HERE, "worker.py"), json.dumps(task)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=open(task["log"], "w"), text=True, cwd=HERE)

    def listen(self):
        line = self.process.stdout.readline()
        said = json.loads(line) if line else {"failed": f"ended with status {self.process.wait()}"}
        self.failed = said.get("failed", self.failed)
        return said

    def measure(self, seconds):
        if self.failed is None:
            self.process.stdin.write(f"{seconds}\n")
            self.process.stdin.flush()
            said = self.listen()
            if self.failed is None:
                self.times.append(said.pop("seconds"))
                self.extra.update(said)

    def finish(self):
        self.process.stdin.close()
        if self.failed is None:
            self.extra.update(self.listen())
        self.process.wait()


def hold(tasks, rounds, seconds):
    """Results by contestant: the median over `rounds` of the median time of a run, memory, or why there is none.

    `tasks` maps names to what worker.py is told. A row that is measured `rounds` = 1 times starts its contestants one
    after the other (its work is long, and memory is not shared out); else all are loaded before the first round.
    """
    contestants = []
    if rounds == 1:
        for name, task in tasks.items():
            one = Contestant(name, task)
            one.listen()
            one.measure(seconds)
            one.finish()
            contestants.append(one)
    else:
        contestants = [Contestant(name, task) for name, task in tasks.items()]
        for one in contestants:
            one.listen()
        for _ in range(rounds):
            for one in contestants:
                time.sleep(PAUSE)
                one.measure(seconds)
        for one in contestants:
            one.finish()
    return {one.name: result(one) for one in contestants}


def result(one):
    if one.failed is not None or not one.times:
        return {"failed": one.failed or "measured nothing"}
    return {"seconds": statistics.median(one.times), "rounds": one.times, **one.extra}

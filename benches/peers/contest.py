"""Runs the engines of a row in turn, round after round, so that changes of the machine's speed affect all equally."""
import json
import os
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
# Seconds between turns: thread pools keep spinning for a while after their last task.
PAUSE = 0.4


class Contestant:
    """A worker process and the results it reported."""

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
    """Results by contestant: the median over `rounds` of the median time of a run, and memory; or the failure.

    `tasks` maps names to the argument of worker.py. With `rounds` = 1 (long rows) each contestant starts after the
    previous one has ended, so that only one is in memory; otherwise all are loaded before the first round.
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

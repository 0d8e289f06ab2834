"""Sweeps of camlab beside Hydra's multirun, and the overhead of stages, cells and worker processes.

Every figure is a ratio of, or a difference between, runs of one execution of this script; stores start empty.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from datetime import datetime
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--camlab", default=str(ROOT / "target/release/camlab"))
    arguments.add_argument("--cells", type=int, default=1000, help="trivial cells")
    arguments.add_argument("--empty-points", type=int, default=4, help="points that Hydra runs with an empty store each")
    arguments.add_argument("--skip-hydra", action="store_true")
    options = arguments.parse_args()
    work = Path(tempfile.mkdtemp(prefix="camlab-sweeps-"))
    try:
        bench = Bench(options.camlab, work)
        bench.sharing()
        bench.trivial(options.cells)
        if not options.skip_hydra:
            bench.hydra(options.empty_points)
        print("\n".join(["| measured | value |", "|---|---|"] + bench.rows))
    finally:
        shutil.rmtree(work, ignore_errors=True)


class Bench:
    def __init__(self, camlab: str, work: Path) -> None:
        self.camlab, self.work, self.rows = camlab, work, []

    def row(self, what: str, value: str) -> None:
        self.rows.append(f"| {what} | {value} |")
        print(f"{what}: {value}", file=sys.stderr)

    def run(self, file: Path, name: str, *more: str) -> float:
        """Wall-clock seconds of a run with the store `name`."""
        command = [self.camlab, "run", str(file), "--quiet", "--overwrite"]
        command += ["--store", str(self.work / name), "--out", str(self.work / f"{name}-report"), *more]
        started = time.perf_counter()
        subprocess.run(command, check=True)
        return time.perf_counter() - started

    def runs(self, name: str) -> list[Path]:
        """Folders of the runs of a store, the oldest first."""
        return sorted((self.work / name / "runs").iterdir())

    def events(self, name: str) -> list[dict]:
        """The events of the last run with a store."""
        last = self.runs(name)[-1]
        return [json.loads(line) for line in (last / "events.jsonl").read_text().splitlines()]

    def made(self, name: str) -> dict[str, tuple[int, float]]:
        """Stages of the last run by kind: number and seconds."""
        made: dict[str, tuple[int, float]] = defaultdict(lambda: (0, 0.0))
        for event in self.events(name):
            if event["event"] == "stage-finished":
                count, seconds = made[event["kind"]]
                made[event["kind"]] = (count + 1, seconds + event["seconds"])
        return made

    def sharing(self) -> None:
        reference = self.run(HERE / "reference.toml", "reference")
        sweep = self.run(HERE / "sweep.toml", "sweep")
        self.row("3 methods x 10 thresholds x 4 k x 2 seeds (240 cells)", f"{sweep:.1f} s")
        self.row("3 methods x 2 seeds, one threshold, the largest k (6 cells)", f"{reference:.1f} s")
        self.row("ratio (at most 1.3)", f"{sweep / reference:.2f}")
        text = (HERE / "sweep.toml").read_text().replace('"point.toml"', f'"{HERE / "point.toml"}"')
        changed = self.work / "changed.toml"
        changed.write_text(text.replace("[0.5]]", "[0.55]]"))
        before = len(self.runs("sweep"))
        again = self.run(changed, "sweep")
        # A run that makes no stage has no event log.
        kinds = {kind: count for kind, (count, _) in self.made("sweep").items()}
        made = kinds if len(self.runs("sweep")) > before else "none, the report alone"
        self.row("the same with one threshold changed", f"{again:.1f} s; stages made: {made}")

    def trivial(self, cells: int) -> None:
        file = HERE / "trivial.toml"
        seeds = lambda count: ["--set", f"seeds={list(range(count))}"]
        total = self.run(file, "trivial", *seeds(cells))
        events = self.events("trivial")
        finished = [event for event in events if event["event"] == "stage-finished"]
        work = sum(event["seconds"] for event in finished)
        stages = seconds_of(finished[-1]) - seconds_of(next(e for e in events if e["event"] == "stage-started"))
        report = seconds_of(events[-1]) - seconds_of(finished[-1])
        self.row(f"{cells} trivial cells, {len(finished)} stages", f"{total:.1f} s, work of the stages {work:.1f} s")
        self.row("overhead of running, per cell", f"{1000 * (stages - work) / cells:.1f} ms (at most 10)")
        self.row("overhead of running, per stage", f"{1000 * (stages - work) / len(finished):.2f} ms")
        self.row("report, per cell", f"{1000 * report / cells:.1f} ms")
        few = min(cells, 60)
        self.run(file, "alone", *seeds(few))
        self.run(file, "workers", *seeds(few), "--workers", "2")
        jobs = len({event["job"] for event in self.events("workers") if event["event"] == "stage-started"})
        alone, workers = self.span("alone"), self.span("workers")
        self.row(f"stages of {few} trivial cells, one process", f"{alone:.2f} s")
        self.row(f"stages of {few} trivial cells, two workers ({jobs} processes)", f"{workers:.2f} s")
        self.row("a process, beyond the work that it does", f"{1000 * (2 * workers - alone) / jobs:.0f} ms of one of two cores")

    def span(self, name: str) -> float:
        """Seconds from the first start of a stage to the last end of one in the last run."""
        events = self.events(name)
        started = next(event for event in events if event["event"] == "stage-started")
        finished = [event for event in events if event["event"] == "stage-finished"][-1]
        return seconds_of(finished) - seconds_of(started)

    def hydra(self, empty: int) -> None:
        camlab = self.run(HERE / "points.toml", "points")
        self.row("24 points, one `camlab run`", f"{camlab:.1f} s")
        shared = self.multirun("shared", ["cam", "grad-cam", "layer-cam"], [0.1, 0.3], [4, 10], [0, 1], True)
        self.row("24 points, Hydra's multirun, one store", f"{shared:.1f} s, {shared / camlab:.1f} times as long")
        single = self.multirun("empty", ["cam"], [0.1, 0.3], [4, 10][: max(1, empty // 2)], [0], False)
        points = 2 * max(1, min(2, empty // 2))
        each = single / points
        self.row(
            f"24 points, Hydra's multirun, an empty store each ({points} points measured)",
            f"{24 * each:.0f} s, {24 * each / camlab:.1f} times as long",
        )

    def multirun(self, name: str, methods: list, taus: list, ks: list, seeds: list, shared: bool) -> float:
        join = lambda values: ",".join(str(value) for value in values)
        command = [sys.executable, str(HERE / "point.py"), "--multirun"]
        command += [f"hydra.sweep.dir={self.work / name}-hydra", f"camlab={self.camlab}", f"file={HERE / 'point.toml'}"]
        command += [f"store={self.work / name}", f"out={self.work / name}-out", f"shared={shared}"]
        command += [f"method={join(methods)}", f"tau={join(taus)}", f"k={join(ks)}", f"seed={join(seeds)}"]
        started = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - started


def seconds_of(event: dict) -> float:
    """Time of an event, seconds."""
    return datetime.fromisoformat(event["time"].replace("Z", "+00:00")).timestamp()


if __name__ == "__main__":
    main()

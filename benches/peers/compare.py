"""Speed of camlab and its peers, measured in one run on the same images and weights: a table of ratios.

Started by run.sh, which installs the peers.
"""
import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
from importlib.metadata import version

import contest
import results
import table
from rows import ROWS

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
# Cargo builds there, and the prepared networks and results lie beside.
TARGET = os.environ.get("CARGO_TARGET_DIR") or os.path.join(ROOT, "target")
PACKAGES = ["torch", "torchvision", "onnxruntime", "openvino", "grad-cam", "torchcam", "opencv-python-headless"]


def parse():
    parser = argparse.ArgumentParser(prog="benches/peers/run.sh", description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="omit the rows that take minutes")
    parser.add_argument("--rows", help="only these row ids, separated by commas: " + ", ".join(row.id for row in ROWS))
    parser.add_argument("--only", help="only these engines, by name, separated by commas")
    parser.add_argument("--rounds", type=int, default=3, help="number of rounds per row (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=2.0, help="seconds per turn (default: %(default)s)")
    parser.add_argument("--threads", type=int, default=2, help="threads of every engine (default: %(default)s)")
    parser.add_argument("--shared", default=os.environ.get("CAMLAB_SHARED"),
                        help="folder of weights and photographs (default: CAMLAB_SHARED; if unset, random ones)")
    parser.add_argument("--out", default=os.path.join(TARGET, "peers"),
                        help="folder of peers.json, peers.md and peers.svg; its rows that are not run again are kept")
    parser.add_argument("--render", action="store_true", help="only render table and chart from peers.json")
    return parser.parse_args()


def hardware():
    names = [line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")]
    flags = next((line for line in open("/proc/cpuinfo") if line.startswith("flags")), "")
    isa = [title for flag, title in (("avx2", "AVX2"), ("avx512f", "AVX-512"), ("amx_bf16", "AMX")) if flag in flags]
    return f"{names[0] if names else platform.machine()} with {', '.join(isa) or 'no AVX2'}, {os.cpu_count()} cores"


def complete(task, name, row, options, cache):
    """The task of a contestant, completed with the paths and options that its engine reads."""
    task = {**task, "threads": options.threads, "shared": options.shared, "root": ROOT,
            "camlab": os.path.join(TARGET, "release", "camlab"),
            "output": os.path.join(cache, f"{row.id}-{name.replace(' ', '-')}.npy"),
            "log": os.path.join(cache, f"{row.id}-{name.replace(' ', '-')}.log")}
    if "batch" in task:
        task["weights"] = f"{cache}/{task['network']}.safetensors"
        task["images"], task["stem"] = f"{cache}/images-{task['batch']}.npy", f"{cache}/{task['network']}-{task['batch']}"
    elif task.get("network") == "cam":
        task["network"] = "imagenet" if options.shared else "resnet50"
        task["images"] = f"{cache}/cam-image.npy"
    elif "photographs" in task:
        task["network"], task["experiment"] = "imagenet", os.path.join(ROOT, "experiments", "imagenet-val500.toml")
    if task.get("network") == "imagenet":
        task["weights"] = os.path.join(options.shared, "weights", "resnet50-v1-imagenet.safetensors")
    elif "network" in task:
        task["weights"] = f"{cache}/{task['network']}.safetensors"
    if os.path.exists(task["output"]):
        os.remove(task["output"])
    return task


def chosen(options):
    wanted = options.rows.split(",") if options.rows else [row.id for row in ROWS]
    unknown = set(wanted) - {row.id for row in ROWS}
    if unknown:
        sys.exit(f"unknown --rows: {', '.join(sorted(unknown))}; available: {', '.join(row.id for row in ROWS)}")
    for row in ROWS:
        if row.id not in wanted or (options.quick and row.slow):
            continue
        if row.needs_shared and not options.shared:
            print(f"skipped, CAMLAB_SHARED is not set: {row.title}", file=sys.stderr)
            continue
        yield row


def main():
    options = parse()
    path = os.path.join(options.out, "peers.json")
    kept = {row["id"]: row for row in json.load(open(path))["rows"]} if os.path.exists(path) else {}
    if options.render:
        write(options.out, json.load(open(path)))
        return
    kind = "shared" if options.shared else "synthetic"
    cache = os.path.join(TARGET, "peers", f"{kind}-{options.threads}")
    prepared = {"cache": cache, "shared": options.shared, "threads": options.threads}
    subprocess.run([sys.executable, os.path.join(HERE, "prepare.py"), json.dumps(prepared)], check=True)
    os.makedirs(options.out, exist_ok=True)
    for row in chosen(options):
        print(row.title, file=sys.stderr, flush=True)
        names = [name for name in row.contestants if not options.only or name in options.only.split(",")]
        tasks = {name: complete(row.contestants[name], name, row, options, cache) for name in names}
        outcomes = contest.hold(tasks, 1 if row.slow else options.rounds, options.seconds)
        stems = {f"{task['stem']}.npy" for task in tasks.values() if "stem" in task and not task.get("train")}
        kept[row.id] = results.evaluate(row, outcomes, stems.pop() if stems else None)
        ordered = [kept[known.id] for known in ROWS if known.id in kept]
        write(options.out, {"date": datetime.date.today().isoformat(), "hardware": hardware(), "threads": options.threads,
                            "data": kind, "versions": {name: version(name) for name in PACKAGES}, "rows": ordered})
    print(open(os.path.join(options.out, "peers.md")).read())


def write(out, found):
    from chart import draw

    json.dump(found, open(os.path.join(out, "peers.json"), "w"), indent=1)
    open(os.path.join(out, "peers.md"), "w").write(table.render(found))
    open(os.path.join(out, "peers.svg"), "w").write(draw(found))


main()

"""Reads shared runs back from an MLflow server by mlflow's client and from event files by TensorBoard's EventAccumulator,
HPARAMS backend and tbparse, and compares every parameter, tag and value with the JSON lines of the same experiment:
MLflow's exactly, TensorBoard's in single precision. With a REPORT, compares the JSON lines with its summary.parquet.
Needs mlflow, tensorboard, tbparse and, for a report, polars.
Usage: read-shared.py MLFLOW_URL EXPERIMENT TENSORBOARD_FOLDER JSON_LINES_FILE [REPORT]"""

import json
import math
import re
import statistics
import struct
import sys
from pathlib import Path

import mlflow
import tensorboard
from mlflow.tracking import MlflowClient
from tbparse import SummaryReader
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import metadata

url, experiment_name, folder, lines = sys.argv[1:5]
folder = Path(folder)


def number(value):
    return float(value) if isinstance(value, str) else value


def same(one, other):
    return math.isnan(one) and math.isnan(other) or struct.pack("<d", one) == struct.pack("<d", other)


def single(value):
    """The value in single precision; above its range, infinite."""
    try:
        return struct.unpack("<f", struct.pack("<f", value))[0]
    except OverflowError:
        return math.copysign(math.inf, value)


def decoded(key):
    """The key before camlab encoded it for MLflow."""
    return re.sub("_x([0-9A-F]{2,6})_", lambda found: chr(int(found[1], 16)), key)


runs = {}
for line in map(json.loads, Path(lines).read_text().splitlines()):
    run = runs.setdefault(line.pop("run"), {"series": {}, "times": {}})
    if "config" in line:
        run |= line
        runs[next(reversed(runs))] = run
    elif "summary" in line:
        run["summary"] = line["summary"]
    else:
        step, time = line.pop("_step"), line.pop("_timestamp")
        for key, value in line.items():
            run["series"].setdefault(key, {})[step] = number(value)
            run["times"][key, step] = time
cells = {key: run for key, run in runs.items() if run["group"] is not None}
print(f"{len(runs)} runs, {len(cells)} of them cells, in {lines}")

# --- MLflow
mlflow.set_tracking_uri(url)
client = MlflowClient(url)
experiment = client.get_experiment_by_name(experiment_name)
found = client.search_runs([experiment.experiment_id], max_results=1000)
by_key = {run.data.tags["camlab.key"]: run for run in found}
assert len(found) == len(by_key) == len(runs), f"{len(found)} runs in MLflow, {len(runs)} were sent"
compared = 0
for key, run in runs.items():
    theirs = by_key[key]
    assert theirs.info.status == "FINISHED" and theirs.info.run_name == run["name"], theirs.info
    assert abs(theirs.info.start_time / 1000 - run["_timestamp"]) < 1e-6, theirs.info
    parameters = {decoded(name): value for name, value in theirs.data.params.items()}
    assert parameters.keys() == run["config"].keys(), parameters.keys() ^ run["config"].keys()
    for name, value in run["config"].items():
        text = value if isinstance(value, str) else json.dumps(value)
        # A number may have been written in another form, such as 1e-3.
        equal = parameters[name] == text or not isinstance(value, str) and json.loads(parameters[name]) == value
        assert equal or parameters[name].endswith("... (cut)"), (name, value, parameters[name])
    tags = {decoded(name): value for name, value in theirs.data.tags.items()}
    assert all(tags[name] == value for name, value in run["tags"].items()), tags
    if run["group"] is not None:
        assert client.get_run(tags["mlflow.parentRunId"]).info.run_name == run["group"]
    metrics = {decoded(name): name for name in theirs.data.metrics}
    assert metrics.keys() == run["series"].keys(), metrics.keys() ^ run["series"].keys()
    for name, series in run["series"].items():
        history = client.get_metric_history(theirs.info.run_id, metrics[name])
        assert len(history) == len(series), (name, len(history))
        for entry in history:
            value = series[entry.step]
            # MLflow stores infinities as the largest number.
            value = math.copysign(sys.float_info.max, value) if math.isinf(value) else value
            # SQLite has one zero.
            assert same(entry.value, value) or entry.value == value == 0, (name, entry, value)
            compared += 1
roots = [run for run in found if "mlflow.parentRunId" not in run.data.tags]
files = {run.info.run_id: [file.path for file in client.list_artifacts(run.info.run_id)] for run in roots}
holders = [run for run in roots if files[run.info.run_id]]
assert len(holders) == 1, files
assert "mlflow.note.content" in holders[0].data.tags
text = mlflow.artifacts.load_text(f"runs:/{holders[0].info.run_id}/report.md")
assert text.startswith("#"), text[:80]
print(f"mlflow {mlflow.__version__}: {compared} values equal, files {files[holders[0].info.run_id]}")

# --- TensorBoard
compared, sessions = 0, {}
by_name = {run["name"]: run for run in runs.values()}
read = set()
for events in sorted(folder.glob("*/*/events.out.tfevents.*")):
    accumulator = EventAccumulator(str(events.parent), size_guidance={"scalars": 0, "tensors": 0})
    accumulator.Reload()
    # Names lose the characters that folders may not have.
    run = next(run for name, run in by_name.items() if re.sub(r"[^\w ._\-=+,@()\[\]]", "_", name) == events.parent.name)
    read.add(run["name"])
    assert set(accumulator.Tags()["scalars"]) == run["series"].keys()
    frame = SummaryReader(str(events)).scalars
    parsed = {(row.tag, row.step): row.value for row in frame.itertuples()}
    for name, series in run["series"].items():
        scalars = accumulator.Scalars(name)
        assert len(scalars) == len(series), (name, len(scalars))
        for entry in scalars:
            value = single(series[entry.step])
            assert same(entry.value, value), (name, entry, value)
            assert same(single(parsed[name, entry.step]), value), (name, entry)
            assert abs(entry.wall_time - run["times"][name, entry.step]) < 1e-6, (name, entry)
            compared += 1
    content = accumulator.summary_metadata
    if run["group"] is not None:
        start = content["_hparams_/session_start_info"].plugin_data.content
        start = metadata.parse_session_start_info_plugin_data(start)
        assert start.group_name == run["group"]
        for name, value in run["config"].items():
            theirs = start.hparams[name]
            assert getattr(theirs, theirs.WhichOneof("kind")) in (value, str(value)), (name, value, theirs)
        end = metadata.parse_session_end_info_plugin_data(content["_hparams_/session_end_info"].plugin_data.content)
        assert end.status == 1
assert read == by_name.keys(), by_name.keys() - read
for events in folder.glob("*/events.out.tfevents.*"):
    accumulator = EventAccumulator(str(events.parent))
    accumulator.Reload()
    content = accumulator.summary_metadata["_hparams_/experiment"].plugin_data.content
    summary = metadata.parse_experiment_plugin_data(content)
    assert {info.name for info in summary.hparam_infos} == {name for run in cells.values() for name in run["config"]}
    text = accumulator.Tensors("report")[0].tensor_proto.string_val[0].decode()
    assert text.startswith("#"), text[:80]
print(f"tensorboard {tensorboard.__version__}: {compared} values equal, {len(summary.hparam_infos)} parameters, "
      f"{len(summary.metric_infos)} results in HPARAMS")

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
from tensorboard import context
from tensorboard.backend.event_processing.data_provider import MultiplexerDataProvider
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
from tensorboard.plugins import base_plugin
from tensorboard.plugins.hparams import api_pb2, backend_context, list_session_groups, metadata

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
        run.update(line)
    elif "summary" in line:
        run["summary"] = line["summary"]
    else:
        step, time = line.pop("_step"), line.pop("_timestamp")
        for key, value in line.items():
            run["series"].setdefault(key, {})[step] = number(value)
            run["times"][key, step] = time
cells = {key: run for key, run in runs.items() if run["job_type"] == "cell"}
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
    files = [file.path for file in client.list_artifacts(theirs.info.run_id)]
    assert bool(files) == ("notes" in run), files
    if files:
        assert mlflow.artifacts.load_text(f"runs:/{theirs.info.run_id}/report.md") == run["notes"]
        print(f"files of {run['name']}: {files}")
print(f"mlflow {mlflow.__version__}: {compared} values equal")

# --- TensorBoard
compared, texts = 0, 0
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
    if "notes" in run:
        text = accumulator.Tensors("report")[0].tensor_proto.string_val[0].decode()
        assert text == run["notes"], text[:80]
        texts += 1
    content = accumulator.summary_metadata
    if run["job_type"] == "cell":
        start = content["_hparams_/session_start_info"].plugin_data.content
        start = metadata.parse_session_start_info_plugin_data(start)
        assert start.group_name == (run["group"] or run["name"])
        for name, value in run["config"].items():
            theirs = start.hparams[name]
            assert getattr(theirs, theirs.WhichOneof("kind")) in (value, str(value)), (name, value, theirs)
        end = metadata.parse_session_end_info_plugin_data(content["_hparams_/session_end_info"].plugin_data.content)
        assert end.status == 1
assert read == by_name.keys(), by_name.keys() - read
assert texts == sum("notes" in run for run in runs.values())

# The rows that the HPARAMS tab shows: one per run over seeds, with the means of its cells.
[place] = {events.parent.parent for events in folder.glob("*/*/events.out.tfevents.*")}
multiplexer = EventMultiplexer()
multiplexer.AddRunsFromDirectory(str(place))
multiplexer.Reload()
provider = MultiplexerDataProvider(multiplexer, str(place))
backend, request = backend_context.Context(base_plugin.TBContext(data_provider=provider)), context.RequestContext()
found, listed = backend.hparams_metadata(request, ""), backend.hparams_from_data_provider(request, "", None)
summary = backend.experiment_from_metadata(request, "", True, found, listed)
assert {info.name for info in summary.hparam_infos} == {name for run in cells.values() for name in run["config"]}
columns = [api_pb2.ColParams(metric=info.name) for info in summary.metric_infos]
query = api_pb2.ListSessionGroupsRequest(
    start_index=0, slice_size=1000, aggregation_type=api_pb2.AGGREGATION_AVG, col_params=columns,
    allowed_statuses=[api_pb2.STATUS_SUCCESS], include_metrics=True)
groups = list_session_groups.Handler(request, backend, "", query).run().session_groups
assert {group.name for group in groups} == {run["group"] or run["name"] for run in cells.values()}
for group in groups:
    members = [run for run in cells.values() if (run["group"] or run["name"]) == group.name]
    assert len(group.sessions) == len(members)
    for result in group.metric_values:
        values = [single(run["series"][result.name.tag][0]) for run in members if result.name.tag in run["series"]]
        mean = sum(values) / len(values)
        assert same(result.value, mean) or abs(result.value - mean) <= 1e-12 * abs(mean), (result, values)
print(f"tensorboard {tensorboard.__version__}: {compared} values equal; HPARAMS: {len(groups)} rows, "
      f"{len(summary.hparam_infos)} parameters, {len(summary.metric_infos)} results")

# --- The report's own frames
for report in sys.argv[5:]:
    import polars

    compared = 0
    rows = polars.read_parquet(Path(report) / "summary.parquet")
    labels = polars.read_parquet(Path(report) / "cells.parquet").select("cell", "seed", "configuration").unique()
    rows = rows.join(labels, on=["cell", "seed"], maintain_order="left")
    by_cell = {(run["tags"]["cell"], run["tags"]["seed"]): run for run in cells.values()}
    over_seeds = {}
    for row in rows.iter_rows(named=True):
        contrast = [] if row["contrast"] == "none" else [row["contrast"]]
        key = "/".join([row["metric"], row["network"], row["method"], row["layer"], *contrast])
        series = by_cell[row["cell"], str(row["seed"])]["series"]
        for name, value in [("", row["value"]), ("/ci_low", row["ci_low"]), ("/ci_high", row["ci_high"]), ("/n", row["n"])]:
            assert (key + name in series) == (value is not None), key + name
            if value is not None:
                assert same(series[key + name][0], float(value)), (key + name, value)
                compared += 1
        over_seeds.setdefault((row["configuration"], key), []).append(row["value"])
    parents = {run["tags"]["configuration"]: run for run in runs.values() if run["job_type"] == "seeds"}
    for (configuration, key), values in over_seeds.items():
        values = [value for value in values if math.isfinite(value)]
        if configuration not in parents or len(values) < 2:
            continue
        series = parents[configuration]["series"]
        assert math.isclose(series[key][0], statistics.fmean(values), rel_tol=1e-14, abs_tol=1e-300), key
        assert math.isclose(series[key + "/std"][0], statistics.stdev(values), rel_tol=1e-9, abs_tol=1e-12), key
        assert series[key + "/seeds"][0] == len(values), key
        compared += 3
    for row in polars.read_parquet(Path(report) / "training.parquet").iter_rows(named=True):
        series = by_cell[row["cell"], str(row["seed"])]["series"]
        for column in ("learning_rate", "loss", "accuracy", "validation_loss", "validation_accuracy"):
            if row[column] is not None:
                assert same(series[f"train/{row['network']}/{column}"][row["epoch"]], row[column]), (row, column)
                compared += 1
    print(f"{report}: {compared} values of summary.parquet and training.parquet equal")

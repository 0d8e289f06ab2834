"""Results of a row: comparable figures, ratios and differences of outputs."""
import statistics

import numpy as np


def figure(row, outcome):
    """Images per second, or seconds per image."""
    seconds = outcome["seconds"] / row.images
    return 1 / seconds if row.unit == "img/s" else seconds


def differs(path, reference):
    """Relative L2 distance of two outputs; maps are min-max scaled first, because tools scale them differently."""
    ours, theirs = (np.load(name).astype(np.float64).squeeze() for name in (path, reference))
    if ours.shape != theirs.shape:
        return None
    if ours.ndim == 2 and ours.shape[0] == ours.shape[1]:
        ours, theirs = ((each - each.min()) / max(np.ptp(each), 1e-12) for each in (ours, theirs))
    return float(np.linalg.norm(ours - theirs) / np.linalg.norm(theirs))


def evaluate(row, outcomes, logits):
    """The row as JSON: figures, ratios, memory, differences, and whether the required ratios are reached.

    `logits` is the file of PyTorch's f32 logits, for rows of forward passes.
    """
    ours = outcomes.get("camlab", {})
    reference = logits or outcomes.get(row.reference, {}).get("output")
    entries = []
    for name, outcome in outcomes.items():
        if "failed" in outcome:
            entries.append({"name": name, "failed": outcome["failed"]})
            continue
        entry = {"name": name, "figure": figure(row, outcome), "seconds": outcome["seconds"] / row.images,
                 "peak_memory_mb": outcome["peak_memory_mb"], "spread": spread(outcome["rounds"])}
        for key in ("gflops", "peak_gflops", "share_of_peak", "isa", "whole_seconds"):
            if key in outcome:
                entry[key] = outcome[key]
        if "seconds" in ours and not name.startswith("camlab"):
            entry["camlab_is_faster"] = outcome["seconds"] / ours["seconds"]
        if reference and "output" in outcome and outcome["output"] != reference:
            entry["differs"] = differs(outcome["output"], reference)
        entries.append(entry)
    demands = [demand(outcomes, *each) for each in row.demands]
    return {"id": row.id, "title": row.title, "unit": row.unit, "entries": entries, "demands": demands}


def spread(rounds):
    """(slowest - fastest) / median of the rounds."""
    return (max(rounds) - min(rounds)) / statistics.median(rounds)


def demand(outcomes, who, beside, factor):
    known = [outcomes[name]["seconds"] for name in beside if "seconds" in outcomes.get(name, {})]
    ratio = min(known) / outcomes[who]["seconds"] if known and "seconds" in outcomes.get(who, {}) else None
    return {"who": who, "beside": beside, "at_least": factor, "ratio": ratio,
            "holds": None if ratio is None else ratio >= factor}

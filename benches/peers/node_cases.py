"""Writes the ONNX project's own test cases for single operators, for camlab's importer.

    python benches/peers/node_cases.py FOLDER

writes `CASE.onnx` and `CASE.safetensors` (`x`, `y`, in row-major order) for every case whose operators the importer
knows (src/onnx/tests/nodes/operators.txt). The first input stays an input, the others become constants. Cases that no
network of images can have are left out, for the reason that is printed. Needs onnx and safetensors.
"""

import re
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper
from onnx.backend.test.case.node import collect_testcases
from safetensors.numpy import save_file

OPERATORS = Path(__file__).parents[2] / "src/onnx/tests/nodes/operators.txt"


def reason(case, known):
    graph = case.model.graph
    unknown = sorted({node.op_type for node in graph.node} - known)
    if unknown:
        return f"operators that networks of images do not need: {', '.join(unknown)}"
    inputs, outputs = case.data_sets[0]
    if not all(isinstance(value, np.ndarray) for value in [*inputs, *outputs]):
        return "sequences or optional values"
    if inputs and inputs[0].dtype not in (np.float32, np.float64, np.float16):
        return "the image is not of floating-point numbers"
    if len(outputs) > 1:
        return "several outputs"
    if inputs and not 1 <= inputs[0].ndim <= 4:
        return "the image has no or more than four dimensions"
    return None


def main(folder):
    known = set(OPERATORS.read_text().split())
    left_out = {}
    count = 0
    for case in collect_testcases(None):
        why = reason(case, known)
        if why:
            left_out.setdefault(why, []).append(case.name)
            continue
        model = onnx.ModelProto()
        model.CopyFrom(case.model)
        inputs, outputs = case.data_sets[0]
        graph = model.graph
        names = [info.name for info in graph.input]
        for name, value in list(zip(names, inputs))[1:]:
            graph.initializer.append(numpy_helper.from_array(value, name))
        for info in list(graph.input)[1:]:
            graph.input.remove(info)
        onnx.save(model, folder / f"{case.name}.onnx")
        x = inputs[0].astype(np.float32) if inputs else np.zeros((1,), np.float32)
        y = outputs[0].astype(np.float32)
        save_file({"x": np.ascontiguousarray(x).reshape(-1), "y": np.ascontiguousarray(y).reshape(-1)}, folder / f"{case.name}.safetensors")
        count += 1
    print(count, "cases")
    for why, names in sorted(left_out.items()):
        print(f"left out, {len(names)}: {why}")
    return count, left_out


NOTE = Path(__file__).parents[2] / "docs/notes/onnx-node-cases.md"


def note(count, left_out, log):
    """Lists what is out of scope, and what is refused, by reason."""
    refused = defaultdict(list)
    for line in log.splitlines():
        found = re.match(r"refused: (\S+): (.*)", line)
        if found:
            name, why = found.groups()
            why = re.sub(r"^node `[^`]*` \((\w+)\)", r"\1", why)
            refused[re.sub(r"\[[0-9, ]+\]", "[...]", why)].append(name)
    passed = count - sum(len(names) for names in refused.values())
    total = count + sum(len(names) for names in left_out.values())
    text = f"""# ONNX's cases for single operators

The `onnx` package ({onnx.__version__}) has {total} cases for single operators (`onnx.backend.test.case.node`). {total - count} of
them have no part in a network of images and are left out (below). Of the other {count}, camlab computes {passed} as their
definition says (`.ci/extra zoo`), none wrong, and refuses {count - passed} with an error that names the node.

## Refused

| reason | cases |
|---|---|
"""
    for why, names in sorted(refused.items(), key=lambda item: (-len(item[1]), item[0])):
        text += f"| {why} | {', '.join(f'`{name}`' for name in sorted(names))} |\n"
    text += """
A convolutional network reaches few of these: constants of an image's size, operations along the batch, along rows or columns
alone, images of one or three dimensions. An operator that camlab computes on constants only (`Floor`, `Less`, `ReduceProd`) is
used by exporters for the arithmetic of shapes.

## Left out

| reason | cases |
|---|---|
"""
    prefix = "operators that networks of images do not need: "
    by_operator = defaultdict(int)
    for why, names in left_out.items():
        if why.startswith(prefix):
            for operator in why.removeprefix(prefix).split(", "):
                by_operator[operator] += len(names)
        else:
            text += f"| {why} | {len(names)} |\n"
    listed = ", ".join(f"`{name}` ({cases})" for name, cases in sorted(by_operator.items()))
    text += f"\nOperators that no network of images needs, with the number of cases that have them: {listed}.\n"
    NOTE.write_text(text)


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    found = main(target)
    if len(sys.argv) > 2:
        note(*found, Path(sys.argv[2]).read_text())

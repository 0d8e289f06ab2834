"""ONNX Runtime on networks that camlab imported and wrote again, against PyTorch.

    python benches/peers/check_exported.py FOLDER

FOLDER is that of export_zoo.py, in which the test of the zoo has written `exported/`. Fails above 1e-5, relative to the
largest logit. Needs onnx, onnxruntime, numpy and safetensors.
"""

import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from safetensors.numpy import load_file

folder, worst = Path(sys.argv[1]), 0.0
for path in sorted((folder / "exported").glob("*.onnx")):
    onnx.checker.check_model(onnx.load(path), full_check=True)
    wanted = load_file(folder / f"{path.name.split('.')[0]}.safetensors")
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    found = session.run(None, {session.get_inputs()[0].name: wanted["x"]})[0]
    error = np.abs(found - wanted["logits"]).max() / np.abs(wanted["logits"]).max()
    worst = max(worst, error)
    print(f"{path.name}: {error:.1e}")
print(f"worst {worst:.1e}")
sys.exit(int(worst > 1e-5))

"""ONNX Runtime on a network that camlab trained and exported, against camlab on its checkpoint.

    camlab export experiments/bring-your-own-network.toml --network imagenet --out trained.safetensors
    camlab export experiments/bring-your-own-network.toml --network imagenet --out trained.onnx
    python benches/peers/exported_network.py NETWORK.onnx trained.safetensors trained.onnx [--camlab PROGRAM] [PHOTOGRAPH ...]

NETWORK.onnx is the file that the experiment's backbone names. Images: six of random pixels, and the photographs, resized to
the network's input, as `(x - 127) / 128` of bytes. Ends with 1 if a logit differs by more than 1e-5 of the largest. Needs
onnx, onnxruntime, numpy and pillow.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from PIL import Image

LIMIT = 1e-5

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("network")
parser.add_argument("weights")
parser.add_argument("exported")
parser.add_argument("photographs", nargs="*")
parser.add_argument("--camlab", default="camlab")
options = parser.parse_args()

onnx.checker.check_model(onnx.load(options.exported), full_check=True)
session = onnxruntime.InferenceSession(options.exported, providers=["CPUExecutionProvider"])
image, scores = session.get_inputs()[0], session.get_outputs()[0]
height, width = image.shape[2:]
rng = np.random.default_rng(11)
images = [rng.uniform(0, 255, (height, width, 3)) for _ in range(6)]
images += [np.asarray(Image.open(path).convert("RGB").resize((width, height))) for path in options.photographs]
images = ((np.stack(images).astype(np.float32) - 127) / 128).transpose(0, 3, 1, 2).copy()
found = np.concatenate([session.run(None, {image.name: one[None]})[0] for one in images])

with tempfile.TemporaryDirectory() as folder:
    inputs, outputs = Path(folder) / "images.npy", Path(folder) / "logits.npy"
    np.save(inputs, images)
    backbone = "{ onnx = { file = %s } }" % json.dumps(str(Path(options.network).resolve()))
    subprocess.run(
        [options.camlab, "bench", "--network", backbone, "--weights", options.weights, "--classes", str(found.shape[1]),
         "--inputs", inputs, "--output", outputs, "--seconds", "0.1", "--quiet"],
        check=True,
    )
    wanted = np.load(outputs)

error = np.abs(found - wanted).max() / np.abs(wanted).max()
same = (found.argmax(1) == wanted.argmax(1)).mean()
print(f"{Path(options.exported).name}: {len(images)} images, largest difference {error:.1e} of the largest logit, {same:.0%} same classes")
sys.exit(int(error > LIMIT))

"""Exports torchvision's networks with seeded weights by both of PyTorch's exporters, with what PyTorch computes of them.

    python benches/peers/export_zoo.py FOLDER [NETWORK ...]

writes `NETWORK.EXPORTER.onnx` and `NETWORK.safetensors` (two images `x` [n, c, h, w], `logits`, and for the networks of
GRADIENTS `gradient`, that of each image's class 7 with respect to its pixels) to FOLDER. Running statistics of batch norms
are drawn too, so that none is the identity. Needs torch, torchvision, onnx, onnxscript, onnxruntime and safetensors.
"""

import sys
import warnings
from pathlib import Path

import numpy as np
import onnxruntime
import torch
import torchvision
from safetensors.torch import save_file

warnings.filterwarnings("ignore")
# Image size and options.
NETWORKS = {
    "alexnet": (224, {}),
    "convnext_tiny": (96, {}),
    "densenet121": (96, {}),
    "efficientnet_b0": (96, {}),
    "googlenet": (96, {"init_weights": False, "aux_logits": False}),
    "inception_v3": (160, {"init_weights": False, "aux_logits": False}),
    "mobilenet_v2": (96, {}),
    "mobilenet_v3_large": (96, {}),
    "mobilenet_v3_small": (96, {}),
    "regnet_y_400mf": (96, {}),
    "resnext50_32x4d": (96, {}),
    "shufflenet_v2_x1_0": (96, {}),
    "squeezenet1_1": (96, {}),
}
GRADIENTS = ("mobilenet_v3_small", "densenet121", "convnext_tiny", "efficientnet_b0", "shufflenet_v2_x1_0")


def network(name, options):
    torch.manual_seed(7)
    model = getattr(torchvision.models, name)(weights=None, num_classes=20, **options)
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.normal_(module.bias, 0, 0.1)
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 1.5)
        # ConvNeXt starts its branches at 1e-6.
        if hasattr(module, "layer_scale"):
            torch.nn.init.uniform_(module.layer_scale, 0.1, 0.5)
    return model.eval()


def main(folder, names):
    for name in names or NETWORKS:
        size, options = NETWORKS[name]
        model = network(name, options)
        x = torch.randn(2, 3, size, size)
        tensors = {"x": x}
        with torch.no_grad():
            tensors["logits"] = model(x)
        if name in GRADIENTS:
            leaf = x.clone().requires_grad_()
            model(leaf)[:, 7].sum().backward()
            tensors["gradient"] = leaf.grad
        save_file({key: value.contiguous() for key, value in tensors.items()}, folder / f"{name}.safetensors")
        for exporter in ("tracing", "dynamo"):
            path = folder / f"{name}.{exporter}.onnx"
            batch = {"dynamic_axes": {"x": {0: "n"}}} if exporter == "tracing" else {"dynamic_shapes": ({0: "n"},)}
            torch.onnx.export(model, (x,), path, dynamo=exporter == "dynamo", input_names=["x"], verbose=False, **batch)
            session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
            logits = session.run(None, {session.get_inputs()[0].name: x.numpy()})[0]
            print(name, exporter, "runtime differs by", np.abs(logits - tensors["logits"].numpy()).max(), flush=True)


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    main(target, sys.argv[2:])

"""Prepares the engines' input once, outside of the timing: weights, images, ONNX files and OpenVINO models.

    prepare.py '{"cache": "...", "shared": "..." or null, "threads": 2}'
"""
import json
import os
import sys
import warnings

import numpy as np
import torch
import torchvision
from safetensors.torch import save_file

import networks
import photographs

BATCHES = {"resnet50": (1, 8), "vgg16": (8,), "mobilenet_v2": (1, 8, 16), "densenet121": (1, 8)}
TRAINING_BATCH = 16
# A network that is an ONNX file of CAMLAB_SHARED: there is no PyTorch model of it.
LITE = ("efficientnet-lite0", (1, 8))


def weights(name, images):
    """Seeded torchvision weights, with batch norm statistics of the images, so that activations stay in range.

    Residual branches are scaled down, as in trained networks: a random network amplifies rounding errors.
    """
    torch.manual_seed(0)
    model = networks.build(name)
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = None
        if isinstance(module, torchvision.models.resnet.Bottleneck):
            torch.nn.init.constant_(module.bn3.weight, 0.2)
    with torch.no_grad():
        model.train()(torch.from_numpy(images))
    return model.eval()


def export(model, images, stem):
    """Writes the network for ONNX Runtime and OpenVINO, with static shapes as both recommend, and its logits."""
    import openvino

    example = torch.from_numpy(images)
    with torch.inference_mode():
        np.save(f"{stem}.npy", model(example).numpy())
    # A network that is trained keeps its batch norms, which the exporter would fold into the convolutions.
    kept = {"training": torch.onnx.TrainingMode.PRESERVE, "do_constant_folding": False}
    options = kept if len(images) == TRAINING_BATCH else {}
    torch.onnx.export(model, (example,), f"{stem}.onnx", dynamo=False, input_names=["x"], output_names=["y"], **options)
    converted = openvino.convert_model(model, example_input=example, input=list(images.shape))
    # By default OpenVINO would store the weights in half precision.
    openvino.save_model(converted, f"{stem}.xml", compress_to_fp16=False)


def fix_batch(path, images, stem):
    """Writes an ONNX file with a static batch, its OpenVINO model, and the logits by ONNX Runtime."""
    import onnx
    import onnxruntime
    import openvino

    model = onnx.load(path)
    for value in [*model.graph.input, *model.graph.output]:
        value.type.tensor_type.shape.dim[0].dim_value = len(images)
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = len(images)
    del model.graph.value_info[:]
    onnx.save(model, f"{stem}.onnx")
    session = onnxruntime.InferenceSession(f"{stem}.onnx", providers=["CPUExecutionProvider"])
    np.save(f"{stem}.npy", session.run(None, {session.get_inputs()[0].name: images})[0])
    openvino.save_model(openvino.convert_model(f"{stem}.onnx"), f"{stem}.xml", compress_to_fp16=False)


def main():
    task = json.loads(sys.argv[1])
    warnings.filterwarnings("ignore")
    cache, shared = task["cache"], task["shared"]
    os.makedirs(cache, exist_ok=True)
    done = os.path.join(cache, "prepared")
    if os.path.exists(done):
        return
    torch.set_num_threads(task["threads"])
    images = photographs.batch(shared, TRAINING_BATCH, "resnet50")
    for count in (1, 8, TRAINING_BATCH):
        np.save(f"{cache}/images-{count}.npy", images[:count])
    for name, batches in BATCHES.items():
        model = weights(name, images[:8])
        state = {key: value.contiguous() for key, value in model.state_dict().items() if value.is_floating_point()}
        save_file(state, f"{cache}/{name}.safetensors")
        for count in batches:
            export(model, images[:count], f"{cache}/{name}-{count}")
    if shared:
        name, batches = LITE
        for count in batches:
            fix_batch(f"{shared}/models/{name}.onnx", images[:count], f"{cache}/{name}-{count}")
    network = "imagenet" if shared else "resnet50"
    np.save(f"{cache}/cam-image.npy", photographs.batch(shared, 1, network))
    open(done, "w").close()


main()

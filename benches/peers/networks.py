"""The networks as PyTorch models. `imagenet` is the checkpoint in CAMLAB_SHARED: a Keras ResNet-50 v1."""
import torch
import torchvision
from safetensors.torch import load_file


def build(name):
    if name != "imagenet":
        return getattr(torchvision.models, name)(weights=None)
    model = torchvision.models.resnet50(weights=None)
    for stage in (model.layer2, model.layer3, model.layer4):
        stage[0].conv1.stride, stage[0].conv2.stride = (2, 2), (1, 1)
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.eps = 1e-3
    return model


def load(task):
    """The model of a task with its weights, in evaluation mode."""
    torch.set_num_threads(task["threads"])
    model = build(task["network"])
    weights = {name: value.float() for name, value in load_file(task["weights"]).items()}
    wrong = model.load_state_dict(weights, strict=False)
    assert not wrong.unexpected_keys and all("num_batches_tracked" in key for key in wrong.missing_keys), wrong
    return model.eval()

"""The rows of the table: the work, the engines that do it, and the ratios required of camlab."""
from dataclasses import dataclass, field


@dataclass
class Row:
    """One row. `contestants` maps engine names to the tasks of their workers, camlab first."""

    id: str
    title: str
    contestants: dict
    # Images (or maps) per run; figures are per image.
    images: int = 1
    # "img/s" (more is better) or "s" (less is better).
    unit: str = "img/s"
    # (contestant, contestants it is compared with, required ratio to the fastest of them)
    demands: list = field(default_factory=list)
    # Rows that take minutes run once, and not with --quick.
    slow: bool = False
    needs_shared: bool = False
    # Contestant with whose output the others' are compared; logits are compared with PyTorch's in f32.
    reference: str | None = None


def forward(network, batch, precision, demands):
    task = {"network": network, "batch": batch, "precision": precision}
    contestants = {"camlab": {"engine": "camlab", **task}, "OpenVINO": {"engine": "openvino_runtime", **task}}
    if precision == "f32":
        contestants["ONNX Runtime"] = {"engine": "onnx_runtime", **task}
        contestants["PyTorch"] = {"engine": "torch_eager", **task}
        contestants["PyTorch channels-last"] = {"engine": "torch_eager", "channels_last": True, **task}
    else:
        contestants["PyTorch autocast"] = {"engine": "torch_eager", **task}
        contestants["PyTorch autocast channels-last"] = {"engine": "torch_eager", "channels_last": True, **task}
    if network == "efficientnet-lite0":
        contestants = {name: task for name, task in contestants.items() if not name.startswith("PyTorch")}
    title = {"resnet50": "ResNet-50", "vgg16": "VGG-16", "mobilenet_v2": "MobileNetV2", "densenet121": "DenseNet-121",
             "efficientnet-lite0": "EfficientNet-Lite0"}[network]
    return Row(f"{network}-{precision}-{batch}", f"{title} forward, {precision}, batch {batch}", contestants,
               images=batch, demands=demands, needs_shared=network == "efficientnet-lite0")


def training(precision, demands, network="resnet50"):
    task = {"network": network, "batch": 16, "precision": precision, "train": True}
    peer = {"engine": "torch_training", **task}
    contestants = {"camlab": {"engine": "camlab", **task}, "PyTorch": peer,
                   "PyTorch channels-last": {**peer, "channels_last": True}}
    title = {"resnet50": "ResNet-50", "mobilenet_v2": "MobileNetV2"}[network]
    id = f"training-{precision}" if network == "resnet50" else f"training-{network}-{precision}"
    return Row(id, f"{title} training step, {precision}, batch 16", contestants, images=16, demands=demands)


def cam(method, title, peers, demands, bf16=False, slow=True, reading=None):
    task = {"network": "cam", "method": method, "layer": "layer4", "precision": "f32", "warm_ups": 0 if slow else 2}
    # The variant of the method that pytorch-grad-cam implements, where variants differ.
    ours = {"engine": "camlab", **task, "method": reading or method}
    contestants = {"camlab": ours}
    if bf16:
        contestants["camlab bf16"] = {**ours, "precision": "bf16"}
    if not slow:
        contestants["camlab, one forward"] = {key: ours[key] for key in ours if key not in ("method", "layer")}
    names = {"grad_cam": "pytorch-grad-cam", "torch_cam": "torchcam"}
    contestants.update({names[peer]: {"engine": peer, **task} for peer in peers})
    return Row(method, f"{title}, ResNet-50 layer4, one photograph", contestants, unit="s", demands=demands, slow=slow,
               reference="pytorch-grad-cam")


def boxes(name, title, rounds_are_slow):
    contestants = {"camlab": {"engine": "camlab_boxes", "map": name}, "OpenCV": {"engine": "opencv_boxes", "map": name}}
    return Row(f"boxes-{name.removesuffix('_map')}", f"boxes at 1000 thresholds and IoU, {title} map of 224x224",
               contestants, unit="s", slow=rounds_are_slow)


def end_to_end():
    contestants = {"camlab": {"engine": "camlab_experiment", "photographs": 500},
                   "PyTorch + pytorch-grad-cam + OpenCV": {"engine": "torch_experiment", "photographs": 40}}
    title = "experiments/imagenet-val500.toml end to end, per photograph (camlab: all 500, the peers: the first 40)"
    return Row("val500", title, contestants, unit="s", slow=True, needs_shared=True,
               demands=[("camlab", ["PyTorch + pytorch-grad-cam + OpenCV"], 4.0)])


ENGINES = ["OpenVINO", "ONNX Runtime"]
EAGER = ["PyTorch"]
BOTH = ["pytorch-grad-cam", "torchcam"]

# Networks that camlab imports from ONNX.
IMPORTED = ["mobilenet_v2", "efficientnet-lite0", "densenet121"]

ROWS = [
    forward("resnet50", 1, "f32", [("camlab", ENGINES, 1.0), ("camlab", EAGER, 1.7)]),
    forward("resnet50", 8, "f32", [("camlab", ENGINES, 1.1), ("camlab", EAGER, 1.7)]),
    forward("resnet50", 1, "bf16", [("camlab", ["OpenVINO"], 0.9)]),
    forward("resnet50", 8, "bf16", [("camlab", ["OpenVINO"], 1.0)]),
    forward("vgg16", 8, "f32", [("camlab", ENGINES + EAGER, 1.2)]),
    training("f32", [("camlab", EAGER, 1.7)]),
    *(forward(network, batch, precision, [("camlab", ENGINES if precision == "f32" else ["OpenVINO"], 0.8)])
      for network in IMPORTED for precision in ("f32", "bf16") for batch in (1, 8)),
    training("f32", [("camlab", EAGER, 1.3)], "mobilenet_v2"),
    cam("grad-cam", "Grad-CAM", ["grad_cam", "torch_cam"], [("camlab", ["camlab, one forward"], 1 / 1.15)], slow=False),
    cam("score-cam", "Score-CAM (2048 channels)", ["grad_cam", "torch_cam"],
        [("camlab", BOTH, 1.7), ("camlab bf16", BOTH, 9.0)], bf16=True,
        reading='{ score-cam = { score = "logit", channel-softmax = true, align-corners = true } }'),
    cam("ablation-cam", "Ablation-CAM (2048 channels)", ["grad_cam"], [("camlab", ["pytorch-grad-cam"], 500.0)]),
    boxes("smooth_map", "a smooth", False),
    boxes("noisy_map", "a noisy", True),
    end_to_end(),
]

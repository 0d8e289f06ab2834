"""Loads a trained or fused network of camlab in torchvision's modules and compares the logits.

    camlab export experiments/article-photographs.toml --network fused --cell c00-s0 --out resnet50.safetensors
    camlab export experiments/article-photographs.toml --network fused --cell c01-s0 --out vgg16.safetensors
    python benches/peers/fused_in_torchvision.py resnet50 resnet50.safetensors [--camlab PROGRAM] [PHOTOGRAPH ...]
    python benches/peers/fused_in_torchvision.py vgg16 vgg16.safetensors [--camlab PROGRAM] [PHOTOGRAPH ...]

The modules are those of torchvision, adapted as the experiment's backbones are:
  resnet50  v1 (stride of a stage's first block on its first 1x1 convolution), batch norm eps 1e-3, output stride 16
            (dilation instead of stride in layer4), affine head
  vgg16     vgg16_bn's features without the last pooling, affine head

An affine head maps the features to classes at every position, `mu f(p) + gamma`, and averages the class maps.
Images: six of random pixels, and the photographs, at 128 pixels as RGB in 0..255 minus the mean. Ends with 1 if a logit
differs by more than 1e-4 of the largest.
"""
import argparse, os, subprocess, sys, tempfile
from collections import OrderedDict
import numpy as np
import torch, torchvision
from safetensors.torch import load_file
from torch import nn

SIZE, CLASSES, LIMIT = 128, 10, 1e-4
MEAN = np.array((123.68, 116.779, 103.939), np.float32)[:, None, None]


class AffineHead(nn.Module):
    """Class maps by a 1x1 convolution, then their means."""

    def __init__(self, channels):
        super().__init__()
        self.maps = nn.Conv2d(channels, CLASSES, 1)

    def forward(self, features):
        return self.maps(features).mean((2, 3))


def resnet50():
    model = torchvision.models.resnet50(weights=None, replace_stride_with_dilation=[False, False, True])
    for stage in (model.layer2, model.layer3):
        stage[0].conv1.stride, stage[0].conv2.stride = (2, 2), (1, 1)
    # The removed stride was on the first 1x1 convolution, so that the 3x3 convolution behind it is dilated too.
    model.layer4[0].conv2.dilation, model.layer4[0].conv2.padding = (2, 2), (2, 2)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eps = 1e-3
    model.avgpool, model.fc = nn.Identity(), AffineHead(2048)
    # torchvision flattens between the pooling and the head, both of which the affine head replaces.
    layers = [name for name, _ in model.named_children()]
    model.forward = lambda x: [x := getattr(model, name)(x) for name in layers][-1]
    return model, "fc"


def vgg16():
    model = torchvision.models.vgg16_bn(weights=None, init_weights=False)
    features = nn.Sequential(*list(model.features)[:-1])
    return nn.Sequential(OrderedDict(features=features, classifier=AffineHead(512))), "classifier"


BACKBONES = {
    "resnet50": (resnet50, '{ resnet50 = { variant = "v1", bn-eps = 1e-3, output-stride = 16 } }'),
    "vgg16": (vgg16, '{ vgg16_bn = { classifier = "gap-linear", last-pool = false } }'),
}


def load(build, file):
    model, head = build()
    state = load_file(file)
    for name in ("weight", "bias"):
        value = state.pop(f"{head}.{name}")
        state[f"{head}.maps.{name}"] = value.reshape(CLASSES, -1, 1, 1) if name == "weight" else value
    found = model.load_state_dict(state, strict=False)
    missing = [name for name in found.missing_keys if not name.endswith("num_batches_tracked")]
    if missing or found.unexpected_keys:
        sys.exit(f"{file} does not fit: missing {missing[:5]}, unexpected {found.unexpected_keys[:5]}")
    return model.eval()


def images(photographs):
    random = np.random.default_rng(0).integers(0, 256, (6, 3, SIZE, SIZE)).astype(np.float32)
    all = [image - MEAN for image in random]
    for path in photographs:
        from PIL import Image
        photo = Image.open(path).convert("RGB").resize((SIZE, SIZE), Image.BILINEAR)
        all.append(np.asarray(photo, np.float32).transpose(2, 0, 1) - MEAN)
    return np.ascontiguousarray(np.stack(all))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("backbone", choices=BACKBONES)
    parser.add_argument("checkpoint")
    parser.add_argument("photographs", nargs="*")
    parser.add_argument("--camlab", default="camlab")
    options = parser.parse_args()
    build, named = BACKBONES[options.backbone]
    pixels = images(options.photographs)
    with torch.no_grad():
        theirs = load(build, options.checkpoint)(torch.from_numpy(pixels)).numpy()
    with tempfile.TemporaryDirectory() as folder:
        given, found = os.path.join(folder, "images.npy"), os.path.join(folder, "logits.npy")
        np.save(given, pixels)
        command = [options.camlab, "bench", "--network", named, "--classes", str(CLASSES)]
        command += ["--weights", options.checkpoint, "--inputs", given, "--output", found, "--seconds", "0.1", "--quiet"]
        subprocess.run(command, check=True)
        ours = np.load(found)
    error = np.abs(ours - theirs).max() / np.abs(theirs).max()
    print(f"{options.backbone}: {len(pixels)} images, largest difference of a logit {error:.1e} of the largest logit")
    sys.exit(int(error > LIMIT))


if __name__ == "__main__":
    main()

"""Input images of all engines: photographs if CAMLAB_SHARED is set, else smooth random images."""
import os

import numpy as np
from PIL import Image

SIDE = 224
IMAGENET = np.array([0.485, 0.456, 0.406], np.float32), np.array([0.229, 0.224, 0.225], np.float32)
KERAS_MEAN = np.array([123.68, 116.779, 103.939], np.float32)


def val500(shared):
    return os.path.join(shared, "data", "ilsvrc-val500")


def files(shared):
    """Paths of the photographs of val500, in the order of its list."""
    root = val500(shared)
    names = open(os.path.join(root, "image_ids.txt")).read().split()
    return [os.path.join(root, name) for name in names]


def read(path):
    """RGB in 0..255, `[224, 224, 3]`; resized bilinearly without keeping the aspect ratio, as in wsolevaluation."""
    return np.asarray(Image.open(path).convert("RGB").resize((SIDE, SIDE), Image.BILINEAR), np.float32)


def synthetic(count):
    """Upsampled coarse noise, so that images have structure at several scales."""
    draw = np.random.default_rng(0)
    coarse = draw.integers(0, 256, (count, 14, 14, 3), np.uint8)
    return [np.asarray(Image.fromarray(image).resize((SIDE, SIDE), Image.BICUBIC), np.float32) for image in coarse]


def batch(shared, count, network):
    """`[count, 3, 224, 224]`, preprocessed for `network`."""
    images = [read(path) for path in files(shared)[:count]] if shared else synthetic(count)
    images = np.stack(images)
    images = images - KERAS_MEAN if network == "imagenet" else (images / 255 - IMAGENET[0]) / IMAGENET[1]
    return np.ascontiguousarray(images.transpose(0, 3, 1, 2), np.float32)

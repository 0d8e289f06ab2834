"""The work of experiments/imagenet-val500.toml in PyTorch, pytorch-grad-cam and wsolevaluation's box evaluation.

Decodes and resizes images; computes CAM (written here, since pytorch-grad-cam has none), Grad-CAM and LayerCAM at
layer4 and layer3 for the true class, and every map's boxes at 1000 thresholds. This is less than camlab does: no
baselines, no other metrics, no report.
"""
import os

import cv2
import numpy as np
import pytorch_grad_cam
import torch
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

import photographs
from engines.opencv_boxes import SIDE, evaluate, min_max
from measure import Timed
from networks import load

BATCH = 8


def listing(root, name):
    """Rows of one of the data set's list files, by image."""
    rows = {}
    for line in open(os.path.join(root, name)):
        photograph, *values = line.strip().split(",")
        rows.setdefault(photograph, []).append([int(value) for value in values])
    return rows


def plain_cam(model, images, classes):
    seen = []
    hook = model.layer4.register_forward_hook(lambda module, given, made: seen.append(made))
    with torch.inference_mode():
        model(images)
    hook.remove()
    maps = torch.einsum("nk,nkhw->nhw", model.fc.weight[classes].detach(), seen[0])
    return [cv2.resize(each.numpy(), (SIDE, SIDE), interpolation=cv2.INTER_CUBIC) for each in maps]


def make(task):
    root = photographs.val500(task["shared"])
    labels, sizes = listing(root, "class_labels.txt"), listing(root, "image_sizes.txt")
    boxes = listing(root, "localization.txt")
    model = load(task)
    cv2.setNumThreads(task["threads"])

    def one_batch(names):
        images = np.stack([photographs.read(os.path.join(root, name)) for name in names]) - photographs.KERAS_MEAN
        images = torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2)))
        classes = [labels[name][0][0] for name in names]
        maps = plain_cam(model, images, classes)
        for layer in (model.layer4, model.layer3):
            for method in (pytorch_grad_cam.GradCAM, pytorch_grad_cam.LayerCAM):
                with method(model, [layer]) as cam:
                    maps.extend(cam(images, targets=[ClassifierOutputTarget(c) for c in classes]))
        for index, scores in enumerate(maps):
            name = names[index % len(names)]
            truth = (np.array(boxes[name]) * SIDE / np.tile(sizes[name][0], 2)).astype(int)
            spread = scores.max() - scores.min()
            evaluate(min_max(scores) if spread > 0 else np.zeros_like(scores), truth)

    names = list(labels)[: task["photographs"]]

    def run():
        for start in range(0, len(names), BATCH):
            one_batch(names[start : start + BATCH])

    class PerPhotograph(Timed):
        def measure(self, seconds):
            measured = super().measure(seconds)
            return {**measured, "seconds": measured["seconds"] / len(names), "whole_seconds": measured["seconds"]}

    return PerPhotograph(run, warm_ups=0)

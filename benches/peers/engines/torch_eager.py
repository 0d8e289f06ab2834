"""PyTorch's eager forward pass: f32 or bf16 (autocast), optionally channels-last."""
import contextlib

import numpy as np
import torch

from measure import Timed
from networks import load


def make(task):
    model, images = load(task), torch.from_numpy(np.load(task["images"]))
    if task.get("channels_last"):
        model = model.to(memory_format=torch.channels_last)
        images = images.to(memory_format=torch.channels_last)
    bf16 = task["precision"] == "bf16"

    def run():
        with torch.inference_mode():
            with torch.autocast("cpu", torch.bfloat16) if bf16 else contextlib.nullcontext():
                return model(images).float().numpy()

    return Timed(run)

"""PyTorch's eager training step: forward, cross-entropy, backward, SGD with momentum."""
import contextlib

import numpy as np
import torch

from measure import Timed
from networks import load


def make(task):
    model, images = load(task).train(), torch.from_numpy(np.load(task["images"]))
    labels = torch.arange(len(images)) % 1000
    if task.get("channels_last"):
        model = model.to(memory_format=torch.channels_last)
        images = images.to(memory_format=torch.channels_last)
    bf16 = task["precision"] == "bf16"
    sgd = torch.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9, weight_decay=1e-4)
    criterion = torch.nn.CrossEntropyLoss()

    def run():
        with torch.autocast("cpu", torch.bfloat16) if bf16 else contextlib.nullcontext():
            loss = criterion(model(images), labels)
        sgd.zero_grad()
        loss.backward()
        sgd.step()

    return Timed(run, warm_ups=1)

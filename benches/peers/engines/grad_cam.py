"""jacobgil/pytorch-grad-cam: one map of one image for the predicted class."""
import numpy as np
import torch

from measure import Timed
from networks import load


def make(task):
    import pytorch_grad_cam

    model, image = load(task), torch.from_numpy(np.load(task["images"]))
    method = {"grad-cam": "GradCAM", "score-cam": "ScoreCAM", "ablation-cam": "AblationCAM"}[task["method"]]
    layer = getattr(model, task["layer"])

    def run():
        with getattr(pytorch_grad_cam, method)(model, [layer]) as cam:
            return cam(image, targets=None)[0]

    return Timed(run, warm_ups=task["warm_ups"])

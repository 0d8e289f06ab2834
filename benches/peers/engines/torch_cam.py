"""frgfm/torch-cam: one map of one image for the predicted class, upsampled bilinearly as in its overlays."""
import numpy as np
import torch
import torchcam.methods

from measure import Timed
from networks import load


def make(task):
    model, image = load(task), torch.from_numpy(np.load(task["images"]))
    method = {"grad-cam": "GradCAM", "score-cam": "ScoreCAM"}[task["method"]]
    extractor = getattr(torchcam.methods, method)(model, task["layer"])

    def run():
        scores = model(image)
        cam = extractor(scores[0].argmax().item(), scores)[0]
        cam = torch.nn.functional.interpolate(cam[None], image.shape[2:], mode="bilinear", align_corners=False)
        return cam[0, 0].detach().numpy()

    return Timed(run, warm_ups=task["warm_ups"])

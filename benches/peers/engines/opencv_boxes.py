"""wsolevaluation's box loop in OpenCV at its 1000 thresholds, on the maps of benches/boxes.rs."""
import cv2
import numpy as np

from measure import Timed

SIDE = 224
TRUTH = np.array([[40, 30, 170, 190]])


def draws(count):
    """The pseudo-random numbers of benches/boxes.rs."""
    state, out = 1, np.empty(count, np.float32)
    for i in range(count):
        state = (state * 1664525 + 1013904223) % 2**32
        out[i] = np.float32(state >> 8) / np.float32(2**24)
    return out


def min_max(scores):
    return (scores - scores.min()) / (scores.max() - scores.min())


def iou(boxes, truth):
    """Best IoU of each box with any ground-truth box."""
    boxes, truth = boxes[:, None], truth[None]
    low, high = np.maximum(boxes[..., :2], truth[..., :2]), np.minimum(boxes[..., 2:], truth[..., 2:])
    shared = np.maximum(0, high - low + 1).prod(axis=2)
    area = (boxes[..., 2:] - boxes[..., :2] + 1).prod(axis=2)
    return (shared / (area + (truth[..., 2:] - truth[..., :2] + 1).prod(axis=2) - shared)).max(axis=1)


def evaluate(scores, truth=TRUTH):
    """Per threshold: the best IoU over all contours (MaxBoxAccV2) and that of the largest contour (MaxBoxAcc)."""
    values = (scores * 255).astype(np.uint8)
    best = []
    for tau in np.arange(0, 1, 0.001):
        _, binary = cv2.threshold(values, int(tau * values.max()), 255, cv2.THRESH_BINARY)
        contours = cv2.findContours(binary, cv2.RETR_TREE, cv2.CHAIN_APPROX_SIMPLE)[-2]
        if not contours:
            best.append((0.0, 0.0))
            continue
        largest = max(range(len(contours)), key=lambda i: cv2.contourArea(contours[i]))
        boxes = np.array([cv2.boundingRect(contour) for contour in contours])
        boxes[:, 2:] = np.minimum(boxes[:, :2] + boxes[:, 2:], SIDE - 1)
        overlaps = iou(boxes, truth)
        best.append((overlaps.max(), overlaps[largest]))
    return best


def make(task):
    cv2.setNumThreads(task["threads"])
    if task["map"] == "smooth_map":
        scores = cv2.resize(draws(7 * 7).reshape(7, 7), (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    else:
        scores = draws(SIDE * SIDE).reshape(SIDE, SIDE)
    scores = min_max(scores)
    return Timed(lambda: evaluate(scores) and None, warm_ups=1 if task["map"] == "smooth_map" else 0)

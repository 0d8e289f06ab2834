"""OpenVINO's CPU plugin. By default it computes in bf16 if the CPU has AMX; the hint sets the row's precision."""
import numpy as np
import openvino

from measure import Timed


def make(task):
    core = openvino.Core()
    config = {
        "INFERENCE_PRECISION_HINT": {"f32": "f32", "bf16": "bf16"}[task["precision"]],
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_NUM_THREADS": task["threads"],
    }
    compiled = core.compile_model(task["stem"] + ".xml", "CPU", config)
    request, images = compiled.create_infer_request(), np.load(task["images"])
    return Timed(lambda: request.infer({0: images}, share_inputs=True)[0].copy())

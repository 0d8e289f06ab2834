"""ONNX Runtime on the CPU, with all graph optimisations."""
import numpy as np
import onnxruntime

from measure import Timed


def make(task):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = task["threads"], 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    session = onnxruntime.InferenceSession(task["stem"] + ".onnx", options, providers=["CPUExecutionProvider"])
    images = np.load(task["images"])
    name = session.get_inputs()[0].name
    return Timed(lambda: session.run(None, {name: images})[0])

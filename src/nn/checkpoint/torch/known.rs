//! Names that a checkpoint of weights may contain.

/// True if a checkpoint may name `module.name`. Names on the list are never called either: tensors are
/// rebuilt by the reader's own code, everything else (a learning-rate schedule beside the weights, say) is
/// ignored.
pub(super) fn is_known(module: &str, name: &str) -> bool {
    let exact = |names: &[&str]| names.contains(&name);
    match module {
        "torch" => name.ends_with("Storage") || exact(&["Size", "device", "Tensor"]) || exact(DTYPES),
        "torch.cuda" => name.ends_with("Storage"),
        "torch.storage" => exact(&["TypedStorage", "UntypedStorage", "_TypedStorage", "_UntypedStorage"]),
        // Those for sparse and quantised tensors are rejected by the reader, with a more specific reason.
        "torch._utils" => name.starts_with("_rebuild_"),
        "torch._tensor" => name == "_rebuild_from_type_v2",
        "torch.nn.parameter" => exact(&["Parameter", "Buffer"]),
        "torch.nn.backends.thnn" => name == "_get_thnn_function_backend",
        "collections" => exact(&["OrderedDict", "defaultdict", "Counter", "deque"]),
        "builtins" | "__builtin__" => exact(TYPES),
        "copyreg" | "copy_reg" => name == "_reconstructor",
        "_codecs" => name == "encode",
        "numpy" => exact(&["dtype", "ndarray"]),
        "numpy.core.multiarray" | "numpy._core.multiarray" => exact(&["scalar", "_reconstruct"]),
        "argparse" => name == "Namespace",
        "types" => name == "SimpleNamespace",
        "datetime" => exact(&["datetime", "date", "time", "timedelta", "timezone"]),
        "pathlib" | "pathlib._local" => exact(&["Path", "PosixPath", "WindowsPath", "PurePosixPath"]),
        // Whole modules saved instead of a state dict: only their tensors are read.
        _ => ["torch.nn.modules.", "torchvision.models.", "torch.optim."]
            .iter()
            .any(|family| module.starts_with(family) && !name.contains('.')),
    }
}

const TYPES: &[&str] = &[
    "set",
    "frozenset",
    "dict",
    "list",
    "tuple",
    "int",
    "float",
    "str",
    "bytes",
    "bytearray",
    "bool",
    "complex",
    "slice",
    "range",
    "object",
];

const DTYPES: &[&str] = &[
    "float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "uint16",
    "uint32", "uint64", "bool",
];

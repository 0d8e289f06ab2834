//! PyTorch checkpoints (`.pth`, `.pt`, `.th`), the zip format and the legacy one, without Python.
//!
//! Pickles are parsed, never executed: `pytorch-reader` interprets the few calls that rebuild tensors and
//! runs none. The audit before it rejects a file that names anything a checkpoint of weights does not need.

mod audit;
mod known;
mod walk;
mod wrapper;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::ErrorKind;
use std::path::Path;

use half::{bf16, f16};
use pytorch_reader::{DType, PickleError, PytorchError, PytorchReader, Tensor};

use super::{Checkpoint, CheckpointError};

/// Limit on the size of all tensors of a file together, in multiples of the file's size: tied weights are
/// stored once.
const SHARED: u64 = 8;

/// Reads every tensor whose name `wanted` accepts. Names are those of the module that was saved: wrappers
/// (`state_dict`, ...) and prefixes (`module.`, ...) are removed, see [`wrapper`].
pub(super) fn read(
    path: &Path,
    source: &str,
    wanted: &dyn Fn(&str) -> bool,
) -> Result<Checkpoint, CheckpointError> {
    let fails = |error: std::io::Error| CheckpointError::Read { path: source.to_owned(), source: error };
    let refused = |reason: String| CheckpointError::Torch { path: source.to_owned(), reason };
    let mut file = File::open(path).map_err(fails)?;
    let size = file.metadata().map_err(fails)?.len();
    audit::file(&mut file).map_err(refused)?;
    let tree = PytorchReader::read_pickle_data(path, None).map_err(|error| refused(reason(&error)))?;
    let prefix = wrapper::locate(&tree).map_err(refused)?;
    let reader = PytorchReader::new(path).map_err(|error| refused(reason(&error)))?;
    if reader.len() != wrapper::count(&tree) {
        return Err(refused("two of its tensors have the same name".into()));
    }
    let mut tensors: BTreeMap<String, Tensor> = BTreeMap::new();
    for (name, tensor) in reader.into_tensors() {
        if let Some(name) = name.strip_prefix(&prefix) {
            tensors.insert(name.to_owned(), tensor);
        }
    }
    let tensors = wrapper::without_prefixes(tensors);
    within(&tensors, size).map_err(refused)?;
    let mut checkpoint = Checkpoint::new(source);
    for (name, tensor) in tensors {
        if name.ends_with("num_batches_tracked") || !wanted(&name) {
            continue;
        }
        let widen = widening(tensor.dtype()).ok_or_else(|| CheckpointError::Type {
            path: source.to_owned(),
            name: name.clone(),
            dtype: format!("{:?}", tensor.dtype()),
        })?;
        let bytes = tensor.read().map_err(|error| refused(error.to_string()))?;
        checkpoint.insert(&name, tensor.shape().to_vec(), widen(&bytes));
    }
    Ok(checkpoint)
}

/// Returns an error if tensors claim more bytes than the file can hold, before memory is reserved for them:
/// an expanded view (stride 0) may be of any size.
fn within(tensors: &BTreeMap<String, Tensor>, size: u64) -> Result<(), String> {
    let mut total = 0u64;
    for (name, tensor) in tensors {
        let bytes = tensor.byte_len() as u64;
        if bytes > size {
            return Err(format!("tensor `{name}` declares {bytes} bytes, but the whole file has {size}"));
        }
        total = total.saturating_add(bytes);
    }
    match total > size.saturating_mul(SHARED) {
        true => Err(format!("its tensors declare {total} bytes together, but the whole file has {size}")),
        false => Ok(()),
    }
}

/// Converts the elements of a tensor to f32.
type Widening = fn(&[u8]) -> Vec<f32>;

/// The conversion of an element type to f32; `None` for a type that is not a float. Bytes are in native
/// order.
fn widening(dtype: DType) -> Option<Widening> {
    match dtype {
        DType::F64 => Some(|bytes| each(bytes, |x| f64::from_ne_bytes(x) as f32)),
        DType::F32 => Some(|bytes| each(bytes, f32::from_ne_bytes)),
        DType::F16 => Some(|bytes| each(bytes, |x| f16::from_ne_bytes(x).to_f32())),
        DType::BF16 => Some(|bytes| each(bytes, |x| bf16::from_ne_bytes(x).to_f32())),
        _ => None,
    }
}

fn each<const N: usize>(bytes: &[u8], decode: impl Fn([u8; N]) -> f32) -> Vec<f32> {
    bytes.as_chunks::<N>().0.iter().map(|element| decode(*element)).collect()
}

/// Text of a reader's error, with the remedy where the cause is known.
fn reason(error: &PytorchError) -> String {
    match error {
        PytorchError::Io(error) | PytorchError::Pickle(PickleError::Io(error))
            if error.kind() == ErrorKind::UnexpectedEof =>
        {
            walk::TRUNCATED.into()
        }
        PytorchError::Pickle(PickleError::NoDataSource) => {
            "it refers to tensors, but none are stored in it".into()
        }
        error => error.to_string(),
    }
}

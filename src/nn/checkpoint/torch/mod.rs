//! PyTorch checkpoints (`.pth`, `.pt`, `.th`), the zip format and the legacy one, without Python.
//!
//! Pickles are parsed, never executed: `pytorch-reader` interprets the few calls that rebuild tensors and
//! runs none. The audit before it rejects a file that names anything a checkpoint of weights does not need.

mod audit;
mod known;
mod state_dicts;
mod walk;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::ErrorKind;
use std::path::Path;

use half::{bf16, f16};
use pytorch_reader::{DType, PickleError, PickleValue, PytorchError, PytorchReader, Tensor};

use super::held::{CheckpointContents, HeldTensor};
use super::selection::TensorSelection;
use super::{Checkpoint, CheckpointError};

/// Limit on the size of all tensors of a file together, in multiples of the file's size: tied weights are
/// stored once.
const SHARED: u64 = 8;

/// A file, read but for the values of its tensors.
struct TorchFile {
    tree: PickleValue,
    /// Every tensor by its name in the file, keys of dictionaries joined by dots.
    tensors: BTreeMap<String, Tensor>,
    /// Bytes.
    size: u64,
}

impl TorchFile {
    fn open(path: &Path, source: &str) -> Result<Self, CheckpointError> {
        let fails = |error: std::io::Error| CheckpointError::Read { path: source.to_owned(), source: error };
        let refused = |reason: String| CheckpointError::Torch { path: source.to_owned(), reason };
        let mut file = File::open(path).map_err(fails)?;
        let size = file.metadata().map_err(fails)?.len();
        audit::file(&mut file).map_err(refused)?;
        let tree = PytorchReader::read_pickle_data(path, None).map_err(|error| refused(reason(&error)))?;
        // A file without names fails with better words below.
        let named = matches!(tree, PickleValue::Dict(_)) && state_dicts::count(&tree) > 0;
        if !named {
            return Ok(Self { tree, tensors: BTreeMap::new(), size });
        }
        let reader = PytorchReader::new(path).map_err(|error| refused(reason(&error)))?;
        if reader.len() != state_dicts::count(&tree) {
            return Err(refused("two of its tensors have the same name".into()));
        }
        Ok(Self { tree, tensors: reader.into_tensors().into_iter().collect(), size })
    }
}

/// Reads the tensors that `selection` names. A file with several state dicts is an error unless it chooses one.
pub(super) fn read(
    path: &Path,
    source: &str,
    selection: TensorSelection<'_>,
) -> Result<Checkpoint, CheckpointError> {
    let refused = |reason: String| CheckpointError::Torch { path: source.to_owned(), reason };
    let TorchFile { tree, mut tensors, size } = TorchFile::open(path, source)?;
    let chosen = state_dicts::chosen(&tree, selection.state_dict).map_err(refused)?;
    let prefix = chosen.prefix();
    let selected = selection.names(chosen.names.iter().cloned());
    let names = selected.map_err(|reason| CheckpointError::Names { path: source.to_owned(), reason })?;
    let mut wanted = BTreeMap::new();
    for (stored, name) in names {
        if let Some(tensor) = tensors.remove(&format!("{prefix}{stored}")) {
            wanted.insert(name, tensor);
        }
    }
    within(&wanted, size).map_err(refused)?;
    let mut checkpoint = Checkpoint::new(source);
    for (name, tensor) in wanted {
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

/// Number of characters of a plain value that a listing shows.
const SHOWN_OF_VALUE: usize = 60;

/// Lists a file without reading the values of its tensors.
pub(super) fn contents(path: &Path, source: &str) -> Result<CheckpointContents, CheckpointError> {
    let TorchFile { tree, tensors, .. } = TorchFile::open(path, source)?;
    let held = |(name, tensor): (String, Tensor)| HeldTensor {
        name,
        shape: tensor.shape().to_vec(),
        dtype: format!("{:?}", tensor.dtype()),
    };
    let state_dicts = state_dicts::all(&tree).into_iter().map(|one| (one.path, one.names.len())).collect();
    let mut metadata = BTreeMap::new();
    if let PickleValue::Dict(entries) = &tree {
        for (key, value) in entries {
            let text = match value {
                PickleValue::Bool(value) => value.to_string(),
                PickleValue::Int(value) => value.to_string(),
                PickleValue::Float(value) => value.to_string(),
                PickleValue::String(value) => value.chars().take(SHOWN_OF_VALUE).collect(),
                _ => continue,
            };
            metadata.insert(key.clone(), text);
        }
    }
    let format = "PyTorch checkpoint";
    Ok(CheckpointContents { format, state_dicts, tensors: tensors.into_iter().map(held).collect(), metadata })
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

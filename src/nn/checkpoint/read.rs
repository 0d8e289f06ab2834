use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use half::{bf16, f16};
use safetensors::{Dtype, SafeTensors};

use super::selection::TensorSelection;
use super::{Checkpoint, CheckpointError, shards, torch};

impl Checkpoint {
    /// Reads a checkpoint: safetensors, the index of safetensors in shards, or PyTorch's format, zip or legacy, in F64,
    /// F32, F16 or BF16. The format is detected from the content, not the file name. PyTorch's counters
    /// (`num_batches_tracked`, `n_averaged`) are left out, and the prefixes of wrappers removed
    /// ([`TensorSelection::prefix`]).
    ///
    /// # Errors
    /// [`CheckpointError`] naming the file, and the tensor if one has an unsupported type.
    pub fn read(path: &Path) -> Result<Self, CheckpointError> {
        Self::read_selected(path, TensorSelection::ALL)
    }

    /// Like [`Checkpoint::read`], but only the tensors that `selection` names.
    ///
    /// # Errors
    /// As [`Checkpoint::read`]; a selection that fits no tensor, several state dicts of which none is chosen.
    pub fn read_selected(path: &Path, selection: TensorSelection<'_>) -> Result<Self, CheckpointError> {
        let source = path.display().to_string();
        let format = CheckpointFormat::of_file(path)?;
        if let (Some(key), CheckpointFormat::Safetensors | CheckpointFormat::Shards) =
            (selection.state_dict, &format)
        {
            let reason = format!(
                "has no state dicts to choose from, being a safetensors file; write prefix instead of state-dict = \"{key}\""
            );
            return Err(CheckpointError::Names { path: source, reason });
        }
        match format {
            CheckpointFormat::Torch => torch::read(path, &source, selection),
            CheckpointFormat::Shards => shards::read(path, selection),
            CheckpointFormat::Safetensors => {
                let bytes = std::fs::read(path);
                let bytes =
                    bytes.map_err(|error| CheckpointError::Read { path: source.clone(), source: error })?;
                decode(&bytes, &source, selection)
            }
        }
    }

    /// Reads safetensors from a file's bytes; `source` is their name in errors.
    ///
    /// # Errors
    /// As [`Checkpoint::read`].
    pub fn decode(bytes: &[u8], source: &str) -> Result<Self, CheckpointError> {
        decode(bytes, source, TensorSelection::ALL)
    }

    /// The files that a checkpoint consists of: itself, and the shards of an index.
    ///
    /// # Errors
    /// A file that cannot be read, an index that is none.
    pub fn files(path: &Path) -> Result<Vec<PathBuf>, CheckpointError> {
        let mut files = vec![path.to_owned()];
        if matches!(CheckpointFormat::of(&first_bytes(path)?), Ok(CheckpointFormat::Shards)) {
            files.extend(shards::files(path)?);
        }
        Ok(files)
    }
}

/// Format of a file, detected from its first bytes.
pub(super) enum CheckpointFormat {
    Safetensors,
    /// The index of safetensors in shards.
    Shards,
    Torch,
}

/// First bytes of the files of other programs, and words for them.
const OTHER_FORMATS: [(&[u8], &str); 6] = [
    (b"<", "it looks like a web page; download the file again"),
    (b"version https://git-lfs", "it is a Git LFS pointer; fetch the file it stands for (`git lfs pull`)"),
    (
        b"\x89HDF",
        "it is an HDF5 file (Keras); export the network to ONNX, and write backbone = { onnx = { file = \"...\" } }",
    ),
    (b"GGUF", "it is a GGUF file of a language model"),
    (b"\x93NUMPY", "it is a NumPy array; save the weights by name as safetensors"),
    (b"\x08", "it looks like an ONNX file; write backbone = { onnx = { file = \"...\" } }"),
];

impl CheckpointFormat {
    pub(super) fn of_file(path: &Path) -> Result<Self, CheckpointError> {
        let header = first_bytes(path)?;
        Self::of(&header).map_err(|what| CheckpointError::Unknown { path: path.display().to_string(), what })
    }

    fn of(header: &[u8]) -> Result<Self, &'static str> {
        // The length of a JSON header, then the header itself.
        let json = header.get(8) == Some(&b'{')
            && header.first_chunk::<8>().is_some_and(|length| u64::from_le_bytes(*length) < 1 << 32);
        match header {
            _ if json => Ok(Self::Safetensors),
            [] => Err("it is empty"),
            _ if is_index(header) => Ok(Self::Shards),
            // A zip, or the first byte of a pickle.
            [b'P', b'K', ..] | [0x80 | b'(' | b'}' | b']' | b'c' | b'L', ..] => Ok(Self::Torch),
            _ if header.get(257..262) == Some(b"ustar") => Ok(Self::Torch),
            _ => {
                let known = OTHER_FORMATS.iter().find(|(start, _)| header.starts_with(start));
                Err(known.map_or("its first bytes match neither format", |(_, what)| *what))
            }
        }
    }
}

/// True for the start of a JSON object, or of a safetensors file whose header has 123 bytes.
fn is_index(header: &[u8]) -> bool {
    header.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{')
}

fn first_bytes(path: &Path) -> Result<Vec<u8>, CheckpointError> {
    let fails = |error| CheckpointError::Read { path: path.display().to_string(), source: error };
    let mut header = Vec::new();
    File::open(path).and_then(|file| file.take(512).read_to_end(&mut header)).map_err(fails)?;
    Ok(header)
}

fn decode(bytes: &[u8], source: &str, selection: TensorSelection<'_>) -> Result<Checkpoint, CheckpointError> {
    let file = SafeTensors::deserialize(bytes)
        .map_err(|error| CheckpointError::Format { path: source.to_owned(), source: error })?;
    let names = selection
        .names(file.names().into_iter().map(str::to_owned))
        .map_err(|reason| CheckpointError::Names { path: source.to_owned(), reason })?;
    let mut checkpoint = Checkpoint::new(source);
    for (stored, view) in file.iter() {
        let Some(name) = names.get(stored) else { continue };
        let data = widen(view.dtype(), view.data()).ok_or_else(|| CheckpointError::Type {
            path: source.to_owned(),
            name: stored.to_owned(),
            dtype: view.dtype().to_string(),
        })?;
        checkpoint.insert(name, view.shape().to_vec(), data);
    }
    Ok(checkpoint)
}

/// Converts little-endian elements to f32; `None` for a type that is not a float.
fn widen(dtype: Dtype, bytes: &[u8]) -> Option<Vec<f32>> {
    let halves =
        |decode: fn([u8; 2]) -> f32| bytes.as_chunks::<2>().0.iter().map(|pair| decode(*pair)).collect();
    match dtype {
        Dtype::F32 => Some(bytes.as_chunks::<4>().0.iter().map(|four| f32::from_le_bytes(*four)).collect()),
        Dtype::F64 => {
            Some(bytes.as_chunks::<8>().0.iter().map(|eight| f64::from_le_bytes(*eight) as f32).collect())
        }
        Dtype::F16 => Some(halves(|pair| f16::from_le_bytes(pair).to_f32())),
        Dtype::BF16 => Some(halves(|pair| bf16::from_le_bytes(pair).to_f32())),
        _ => None,
    }
}

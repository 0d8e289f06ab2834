use std::fs::File;
use std::io::Read;
use std::path::Path;

use half::{bf16, f16};
use safetensors::{Dtype, SafeTensors};

use super::{Checkpoint, CheckpointError, torch};

impl Checkpoint {
    /// Reads a checkpoint: safetensors or PyTorch's format, zip or legacy, in F64, F32, F16 or BF16. The
    /// format is detected from the content, not the file name. PyTorch's batch counters
    /// (`num_batches_tracked`) are left out.
    ///
    /// # Errors
    /// [`CheckpointError`] naming the file, and the tensor if one has an unsupported type.
    pub fn read(path: &Path) -> Result<Self, CheckpointError> {
        Self::read_where(path, &|_| true)
    }

    /// Like [`Checkpoint::read`], but only tensors whose names `wanted` accepts; the others are ignored.
    ///
    /// # Errors
    /// As [`Checkpoint::read`].
    pub fn read_where(path: &Path, wanted: &dyn Fn(&str) -> bool) -> Result<Self, CheckpointError> {
        let source = path.display().to_string();
        let fails = |error| CheckpointError::Read { path: source.clone(), source: error };
        let mut header = Vec::new();
        File::open(path).and_then(|file| file.take(512).read_to_end(&mut header)).map_err(fails)?;
        match CheckpointFormat::of(&header) {
            CheckpointFormat::Torch => torch::read(path, &source, wanted),
            CheckpointFormat::Safetensors => decode(&std::fs::read(path).map_err(fails)?, &source, wanted),
            CheckpointFormat::Other(what) => Err(CheckpointError::Unknown { path: source, what }),
        }
    }

    /// Reads safetensors from a file's bytes; `source` is their name in errors.
    ///
    /// # Errors
    /// As [`Checkpoint::read`].
    pub fn decode(bytes: &[u8], source: &str) -> Result<Self, CheckpointError> {
        decode(bytes, source, &|_| true)
    }
}

/// Format of a file, detected from its first bytes.
enum CheckpointFormat {
    Safetensors,
    Torch,
    Other(&'static str),
}

impl CheckpointFormat {
    fn of(header: &[u8]) -> Self {
        // The length of a JSON header, then the header itself.
        let json = header.get(8) == Some(&b'{')
            && header.first_chunk::<8>().is_some_and(|length| u64::from_le_bytes(*length) < 1 << 32);
        match header {
            _ if json => Self::Safetensors,
            [] => Self::Other("it is empty"),
            // A zip, or the first byte of a pickle.
            [b'P', b'K', ..] | [0x80 | b'(' | b'}' | b']' | b'c' | b'L', ..] => Self::Torch,
            _ if header.get(257..262) == Some(b"ustar") => Self::Torch,
            [b'<', ..] => Self::Other("it looks like a web page; download the file again"),
            _ if header.starts_with(b"version https://git-lfs") => {
                Self::Other("it is a Git LFS pointer; fetch the file it stands for (`git lfs pull`)")
            }
            _ => Self::Other("its first bytes match neither format"),
        }
    }
}

fn decode(bytes: &[u8], source: &str, wanted: &dyn Fn(&str) -> bool) -> Result<Checkpoint, CheckpointError> {
    let file = SafeTensors::deserialize(bytes)
        .map_err(|error| CheckpointError::Format { path: source.to_owned(), source: error })?;
    let mut checkpoint = Checkpoint::new(source);
    for (name, view) in file.iter() {
        if name.ends_with("num_batches_tracked") || !wanted(name) {
            continue;
        }
        let data = widen(view.dtype(), view.data()).ok_or_else(|| CheckpointError::Type {
            path: source.to_owned(),
            name: name.to_owned(),
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

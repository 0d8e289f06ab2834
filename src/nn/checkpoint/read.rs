use std::path::Path;

use half::{bf16, f16};
use safetensors::{Dtype, SafeTensors};

use super::{Checkpoint, CheckpointError};

impl Checkpoint {
    /// Reads a safetensors file of F32, F16 and BF16 tensors. Integer scalars (torch's `num_batches_tracked`) are
    /// left out.
    ///
    /// # Errors
    /// [`CheckpointError`] naming the file, and the tensor if one of another type is to blame.
    pub fn read(path: &Path) -> Result<Self, CheckpointError> {
        let bytes = std::fs::read(path)
            .map_err(|source| CheckpointError::Read { path: path.display().to_string(), source })?;
        Self::decode(&bytes, &path.display().to_string())
    }

    /// The same from the file's bytes; `source` is what errors call them.
    ///
    /// # Errors
    /// As [`Checkpoint::read`].
    pub fn decode(bytes: &[u8], source: &str) -> Result<Self, CheckpointError> {
        let file = SafeTensors::deserialize(bytes)
            .map_err(|error| CheckpointError::Format { path: source.to_owned(), source: error })?;
        let mut checkpoint = Self::new(source);
        for (name, view) in file.iter() {
            if name.ends_with("num_batches_tracked") {
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
}

/// Little-endian elements as f32, or `None` for a type that is no float of up to 32 bits.
fn widen(dtype: Dtype, bytes: &[u8]) -> Option<Vec<f32>> {
    let halves =
        |decode: fn([u8; 2]) -> f32| bytes.as_chunks::<2>().0.iter().map(|pair| decode(*pair)).collect();
    match dtype {
        Dtype::F32 => Some(bytes.as_chunks::<4>().0.iter().map(|four| f32::from_le_bytes(*four)).collect()),
        Dtype::F16 => Some(halves(|pair| f16::from_le_bytes(pair).to_f32())),
        Dtype::BF16 => Some(halves(|pair| bf16::from_le_bytes(pair).to_f32())),
        _ => None,
    }
}

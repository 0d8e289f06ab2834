//! Named tensors on disk: reads safetensors and PyTorch checkpoints, writes safetensors in F32.

mod contents;
mod error;
mod held;
mod read;
mod selection;
mod shards;
mod torch;
mod write;

use std::collections::BTreeMap;

use super::Network;

pub use error::{CheckpointError, Mismatch};
pub use held::{CheckpointContents, HeldTensor};
pub use selection::TensorSelection;
pub use write::{encode, write};

/// A tensor from a file, converted to f32.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredTensor {
    /// Shape.
    pub shape: Vec<usize>,
    /// Elements, row-major.
    pub data: Vec<f32>,
}

/// The named tensors of one file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Checkpoint {
    /// Origin of the tensors, for errors.
    source: String,
    tensors: BTreeMap<String, StoredTensor>,
}

impl Checkpoint {
    /// An empty checkpoint; `source` is its name in errors.
    pub fn new(source: impl Into<String>) -> Self {
        Self { source: source.into(), tensors: BTreeMap::new() }
    }

    /// All tensors, by name.
    pub fn tensors(&self) -> &BTreeMap<String, StoredTensor> {
        &self.tensors
    }

    /// Adds or replaces a tensor.
    pub fn insert(&mut self, name: &str, shape: Vec<usize>, data: Vec<f32>) {
        self.tensors.insert(name.to_owned(), StoredTensor { shape, data });
    }

    /// Removes the tensors whose names `wanted` does not accept.
    pub fn retain(&mut self, wanted: impl Fn(&str) -> bool) {
        self.tensors.retain(|name, _| wanted(name));
    }

    /// Renames tensors: every key of `names` to its value. Others keep their names.
    pub fn rename(&mut self, names: &BTreeMap<String, String>) {
        let renamed = |(name, tensor)| match names.get(&name) {
            Some(new) => (new.clone(), tensor),
            None => (name, tensor),
        };
        self.tensors = std::mem::take(&mut self.tensors).into_iter().map(renamed).collect();
    }

    /// Moves every tensor into `network`, which must have the same names and shapes; otherwise nothing is
    /// loaded. PyTorch's step counters, `num_batches_tracked`, are ignored.
    ///
    /// # Errors
    /// [`CheckpointError::Classes`] when only the head differs, else [`CheckpointError::Mismatch`] with every
    /// name that is missing, unexpected or of another shape.
    pub fn load_into(mut self, network: &mut Network) -> Result<(), CheckpointError> {
        self.tensors.retain(|name, _| !name.ends_with("num_batches_tracked"));
        error::compare(&self.source, &self.tensors, network)?;
        for (name, tensor) in self.tensors {
            network.set(&name, tensor.data)?;
        }
        Ok(())
    }
}

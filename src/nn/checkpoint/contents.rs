use std::collections::BTreeMap;
use std::path::Path;

use safetensors::SafeTensors;

use super::held::{CheckpointContents, HeldTensor};
use super::read::CheckpointFormat;
use super::{Checkpoint, CheckpointError, shards, torch};

impl Checkpoint {
    /// Lists a file as it is, without reading the values of its tensors: nothing is selected, renamed or left out.
    ///
    /// # Errors
    /// As [`Checkpoint::read`], but for the types of tensors.
    pub fn contents(path: &Path) -> Result<CheckpointContents, CheckpointError> {
        let source = path.display().to_string();
        match CheckpointFormat::of_file(path)? {
            CheckpointFormat::Torch => torch::contents(path, &source),
            CheckpointFormat::Safetensors => safetensors(path, &source),
            CheckpointFormat::Shards => {
                let parts = shards::files(path)?;
                let count = parts.len();
                let mut all = CheckpointContents {
                    format: "sharded checkpoint",
                    state_dicts: Vec::new(),
                    tensors: Vec::new(),
                    metadata: BTreeMap::from([("shards".to_owned(), count.to_string())]),
                };
                for part in parts {
                    let part = Self::contents(&part)?;
                    all.tensors.extend(part.tensors);
                    all.metadata.extend(part.metadata);
                }
                all.tensors.sort_by(|one, other| one.name.cmp(&other.name));
                Ok(all)
            }
        }
    }
}

fn safetensors(path: &Path, source: &str) -> Result<CheckpointContents, CheckpointError> {
    let bytes = std::fs::read(path)
        .map_err(|error| CheckpointError::Read { path: source.to_owned(), source: error })?;
    let format = |error| CheckpointError::Format { path: source.to_owned(), source: error };
    let (_, header) = SafeTensors::read_metadata(&bytes).map_err(format)?;
    let file = SafeTensors::deserialize(&bytes).map_err(format)?;
    let mut tensors: Vec<HeldTensor> = file
        .iter()
        .map(|(name, view)| HeldTensor {
            name: name.to_owned(),
            shape: view.shape().to_vec(),
            dtype: view.dtype().to_string(),
        })
        .collect();
    tensors.sort_by(|one, other| one.name.cmp(&other.name));
    let metadata = header.metadata().clone().unwrap_or_default().into_iter().collect();
    Ok(CheckpointContents { format: "safetensors", state_dicts: Vec::new(), tensors, metadata })
}

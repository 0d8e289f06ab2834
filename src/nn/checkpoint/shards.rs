//! Checkpoints in several files, as the Hugging Face libraries write them: an index beside its shards.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::selection::TensorSelection;
use super::{Checkpoint, CheckpointError};

/// `*.safetensors.index.json`.
#[derive(Deserialize)]
struct ShardIndex {
    /// File of every tensor, by the tensor's name.
    weight_map: BTreeMap<String, String>,
}

/// The largest index that is read, bytes.
const LARGEST_INDEX: u64 = 64 << 20;

fn index(path: &Path) -> Result<ShardIndex, CheckpointError> {
    let source = path.display().to_string();
    let refused = |reason: String| CheckpointError::Shards { path: source.clone(), reason };
    let size = std::fs::metadata(path).map_err(|error| refused(error.to_string()))?.len();
    if size > LARGEST_INDEX {
        return Err(refused(format!("an index has at most {LARGEST_INDEX} bytes, and this file {size}")));
    }
    let text = std::fs::read(path).map_err(|error| refused(error.to_string()))?;
    let index: ShardIndex = serde_json::from_slice(&text).map_err(|error| {
        refused(format!("a JSON file as a checkpoint is the index of shards, with `weight_map`: {error}"))
    })?;
    match index.weight_map.values().find(|file| !is_plain(file)) {
        Some(file) => Err(refused(format!("its shard `{file}` is not a file beside it"))),
        None => Ok(index),
    }
}

/// True for the name of a file, without folders.
fn is_plain(file: &str) -> bool {
    !file.is_empty() && !file.contains(['/', '\\', '\0']) && !matches!(file, "." | "..")
}

/// The shards of an index, by name.
pub(super) fn files(path: &Path) -> Result<Vec<PathBuf>, CheckpointError> {
    let names: BTreeSet<String> = index(path)?.weight_map.into_values().collect();
    Ok(names.into_iter().map(|name| path.with_file_name(name)).collect())
}

/// Reads the tensors that `selection` names from the shards.
pub(super) fn read(path: &Path, selection: TensorSelection<'_>) -> Result<Checkpoint, CheckpointError> {
    let source = path.display().to_string();
    let refused = |reason: String| CheckpointError::Shards { path: source.clone(), reason };
    let map = index(path)?.weight_map;
    let names = selection
        .names(map.keys().cloned())
        .map_err(|reason| CheckpointError::Names { path: source.clone(), reason })?;
    let mut checkpoint = Checkpoint::new(source.as_str());
    let shards: BTreeSet<&String> = map.values().collect();
    for shard in shards {
        let wanted = |name: &str| names.contains_key(name) && map.get(name) == Some(shard);
        // Names are changed once, for all shards alike.
        let whole = TensorSelection { prefix: Some(""), wanted: &wanted, ..TensorSelection::ALL };
        let part = Checkpoint::read_selected(&path.with_file_name(shard), whole)?;
        for (name, tensor) in part.tensors {
            if let Some(new) = names.get(&name) {
                checkpoint.tensors.insert(new.clone(), tensor);
            }
        }
    }
    match names.values().find(|name| !checkpoint.tensors.contains_key(*name)) {
        Some(name) => Err(refused(format!("its shards lack the tensor `{name}`, which the index names"))),
        None => Ok(checkpoint),
    }
}

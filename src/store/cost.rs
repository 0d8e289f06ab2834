use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::StoreError;

/// Name of the file in an artefact.
pub(super) const COST: &str = "cost";
/// Bytes of its first line, a checksum in hexadecimal digits.
const SUM: usize = 65;

/// The measured cost of a stage: the only file of an artefact that differs between two equal runs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Cost {
    /// Wall-clock time of the whole stage, seconds.
    pub seconds: f64,
    /// Largest resident memory of the process, bytes; `None` where stages share a process.
    pub peak_bytes: Option<u64>,
    /// Time and passes of every image, in the order of the artefact's rows; empty for other stages.
    pub images: Vec<ImageCost>,
    /// Measured columns of the artefact's frames: `training.parquet` to `seconds` to one value per row.
    pub columns: BTreeMap<String, BTreeMap<String, Vec<f64>>>,
}

/// The measured cost of one map.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct ImageCost {
    /// Index of the image in its data set.
    pub index: usize,
    /// The image's share of the batch's passes plus the method's own time, seconds.
    pub seconds: f64,
    /// Number of forward passes that the map needed; shared ones count in full.
    pub forwards: u64,
}

impl Cost {
    /// The cost of an artefact.
    ///
    /// # Errors
    /// A file that is missing, cannot be read or was changed.
    pub fn read(folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join(COST);
        let bytes = std::fs::read(&path).map_err(StoreError::io("read", &path))?;
        let damaged = |why: String| StoreError::Damaged { path: path.clone(), why };
        let (sum, text) = bytes.split_at_checked(SUM).unwrap_or((&[], &bytes));
        if sum != format!("{}\n", blake3::hash(text).to_hex()).as_bytes() {
            return Err(damaged("its content does not match its checksum".into()));
        }
        serde_json::from_slice(text).map_err(|error| damaged(error.to_string()))
    }

    /// The file's content: a line with the checksum of the rest, since the manifest lists only what is reproducible.
    pub(super) fn text(&self) -> String {
        let text = serde_json::json!(self).to_string();
        format!("{}\n{text}", blake3::hash(text.as_bytes()).to_hex())
    }
}

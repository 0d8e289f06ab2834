use std::collections::BTreeMap;
use std::path::PathBuf;

use camlab_data::DatasetSpec;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Everything that running a stage needs or shows and that its result does not depend on; not part of the key.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Hints {
    /// Network, method and layer, for progress lines and errors.
    pub label: String,
    /// The cell that needs the stage first.
    pub cell: String,
    /// The options in full where some of them change no result (memory limits, checkpoint intervals); else null.
    pub options: Value,
    /// The data sets that have content digests.
    pub datasets: BTreeMap<String, DatasetSpec>,
    /// The files that have content digests.
    pub files: BTreeMap<String, PathBuf>,
    /// The folder that relative paths start from.
    pub folder: PathBuf,
}

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use camlab_data::DatasetSpec;
use camlab_engine::Precision;
use camlab_parts::init::InitSpec;

/// What only a look at the disk can tell, gathered before stages are planned.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// By the data set's own description, see [`Facts::name`].
    pub datasets: BTreeMap<String, DatasetFacts>,
    /// Every checkpoint file, by its path or URL as written.
    pub checkpoints: BTreeMap<String, CheckpointFacts>,
    /// Whether this machine computes in bf16.
    pub bf16: bool,
}

/// What a plan has to know of a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckpointFacts {
    /// sha256 of the file: computed, or declared where it has yet to be downloaded.
    pub sha256: String,
    /// Where the file lies, or will.
    pub file: PathBuf,
    /// The URL it has to be downloaded from first.
    pub download: Option<String>,
}

/// What a plan has to know of a data set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatasetFacts {
    /// blake3 of the contents.
    pub digest: String,
    /// Class names; the index is the label.
    pub classes: Vec<String>,
    /// Images.
    pub images: usize,
}

impl Facts {
    /// Under what name a data set is filed.
    pub fn name(dataset: &DatasetSpec) -> String {
        serde_json::to_string(dataset).unwrap_or_default()
    }

    /// The precision this machine computes in where `wanted` is asked for.
    pub fn precision(&self, wanted: Precision) -> Precision {
        match wanted {
            Precision::Bf16 if !self.bf16 => Precision::F32,
            other => other,
        }
    }

    /// Where the checkpoint of an initialisation lies, if it has one.
    pub fn checkpoint_file(&self, init: &InitSpec) -> Option<&Path> {
        let InitSpec::Pretrained(pretrained) = init else { return None };
        self.checkpoints.get(pretrained.checkpoint.as_str()).map(|facts| facts.file.as_path())
    }

    /// The facts of a data set, if they were gathered.
    pub fn dataset(&self, dataset: &DatasetSpec) -> Option<&DatasetFacts> {
        self.datasets.get(&Self::name(dataset))
    }
}

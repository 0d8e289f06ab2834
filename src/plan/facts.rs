use std::collections::BTreeMap;

use crate::engine::Precision;
use crate::parts::dataset::DatasetSpec;

/// What only a look at the disk can tell, gathered before stages are planned.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// By the data set's own description, see [`Facts::name`].
    pub datasets: BTreeMap<String, DatasetFacts>,
    /// blake3 of every checkpoint file, by its path as written.
    pub checkpoints: BTreeMap<String, String>,
    /// Whether this machine computes in bf16.
    pub bf16: bool,
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

    /// The facts of a data set, if they were gathered.
    pub fn dataset(&self, dataset: &DatasetSpec) -> Option<&DatasetFacts> {
        self.datasets.get(&Self::name(dataset))
    }
}

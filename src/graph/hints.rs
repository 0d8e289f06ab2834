use std::path::PathBuf;
use std::sync::Arc;

use camlab_data::DatasetSpec;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{ContentPlaces, SharedText, StageOptions, StageRef};

/// Everything that running a stage needs or shows and that its result does not depend on; not part of the key.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Hints {
    /// Network, method and layer, for progress lines and errors.
    pub label: String,
    /// The cell that needs the stage first.
    pub cell: SharedText,
    /// The options in full where some of them change no result (memory limits, checkpoint intervals).
    pub options: Option<StageOptions>,
    /// The data sets that have content digests; one specification for all stages of a plan.
    pub datasets: ContentPlaces<SharedSet>,
    /// The files that have content digests.
    pub files: ContentPlaces<PathBuf>,
    /// The folder that relative paths start from.
    pub folder: PathBuf,
    /// Stages of the same work with fewer steps, ascending, whose artefacts hold a state to go on from. The result is the
    /// same without them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub continues: Vec<StageRef>,
}

/// A data set that many stages of a plan share; written out in a file.
#[derive(Debug, Clone, PartialEq)]
pub struct SharedSet(pub Arc<DatasetSpec>);

impl Serialize for SharedSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for SharedSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        DatasetSpec::deserialize(deserializer).map(|spec| Self(Arc::new(spec)))
    }
}

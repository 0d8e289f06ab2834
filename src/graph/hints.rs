use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use camlab_data::DatasetSpec;
use serde::{Deserialize, Serialize};

use super::StageOptions;

/// Everything that running a stage needs or shows and that its result does not depend on; not part of the key.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Hints {
    /// Network, method and layer, for progress lines and errors.
    pub label: String,
    /// The cell that needs the stage first.
    pub cell: String,
    /// The options in full where some of them change no result (memory limits, checkpoint intervals).
    pub options: Option<StageOptions>,
    /// The data sets that have content digests; one specification for all stages of a plan.
    #[serde(with = "shared")]
    pub datasets: BTreeMap<String, Arc<DatasetSpec>>,
    /// The files that have content digests.
    pub files: BTreeMap<String, PathBuf>,
    /// The folder that relative paths start from.
    pub folder: PathBuf,
}

/// Shared values in a file, each written out.
mod shared {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use camlab_data::DatasetSpec;
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(
        datasets: &BTreeMap<String, Arc<DatasetSpec>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_map(datasets.iter().map(|(digest, spec)| (digest, &**spec)))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<String, Arc<DatasetSpec>>, D::Error> {
        let datasets = BTreeMap::<String, DatasetSpec>::deserialize(deserializer)?;
        Ok(datasets.into_iter().map(|(digest, spec)| (digest, Arc::new(spec))).collect())
    }
}

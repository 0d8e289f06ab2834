use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Dataset, DatasetError, DatasetSpec, DeclaredReading, Reader, Synthetic};

/// A data set whose images and annotations are read as declared here, instead of in `[data]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ReadAs {
    /// The data set.
    pub of: Box<DatasetSpec>,
    /// Treatment of images and annotations that do not agree.
    pub reading: DeclaredReading,
}

impl Default for ReadAs {
    fn default() -> Self {
        Self {
            of: Box::new(DatasetSpec::Synthetic(Synthetic::default())),
            reading: DeclaredReading::default(),
        }
    }
}

impl Reader for ReadAs {
    fn check(&self) -> Result<(), DatasetError> {
        self.of.check()
    }

    fn open(&self, _: DeclaredReading) -> Result<Box<dyn Dataset>, DatasetError> {
        self.of.reader().open(self.reading)
    }
}

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ThresholdChoice;
use crate::metric::ThresholdSource;

/// Thresholds that are best for the true boxes of the validation images.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ValBoxes {}

impl ThresholdChoice for ValBoxes {
    fn source(&self) -> ThresholdSource {
        ThresholdSource::Val
    }
}

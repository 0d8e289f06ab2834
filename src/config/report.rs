use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `[report]`: content of the report besides the tables.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Report {
    /// Number of gallery images with the best boxes.
    pub best: usize,
    /// Number of gallery images with the worst boxes.
    pub worst: usize,
}

impl Default for Report {
    fn default() -> Self {
        Self { best: 4, worst: 4 }
    }
}

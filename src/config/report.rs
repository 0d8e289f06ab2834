use serde::{Deserialize, Serialize};

/// `[report]`: what the report shows beside the tables.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Report {
    /// Gallery images with the best boxes.
    pub best: usize,
    /// Gallery images with the worst boxes.
    pub worst: usize,
}

impl Default for Report {
    fn default() -> Self {
        Self { best: 4, worst: 4 }
    }
}

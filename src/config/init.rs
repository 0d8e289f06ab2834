use serde::{Deserialize, Serialize};

use camlab_parts::init::InitSpec;

/// `[[init]]`: one network of the comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Init {
    /// Name of the network in tables and figures, and of its random stream, so that two initialisations with the same
    /// scheme differ.
    pub name: String,
    /// Source of the initial weights.
    pub scheme: InitSpec,
    /// `true` if `[training]` applies to it. Default: `true` if there is a `[training]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub train: Option<bool>,
}

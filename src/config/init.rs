use serde::{Deserialize, Serialize};

use camlab_parts::init::InitSpec;

/// `[[init]]`: one network of the comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Init {
    /// What tables and figures call the network; also names its random stream, so that two
    /// initialisations of one scheme differ.
    pub name: String,
    /// Where its weights come from.
    pub scheme: InitSpec,
    /// Whether `[training]` applies to it. Left out: yes when there is a `[training]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub train: Option<bool>,
}

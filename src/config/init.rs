use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use camlab_parts::init::InitSpec;

/// `[[init]]`: one network of the comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Init {
    /// Name of the network in tables and figures.
    pub name: String,
    /// Source of the initial weights.
    pub scheme: InitSpec,
    /// `true` if `[training]` applies to it. Default: `true` if there is a `[training]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub train: Option<bool>,
    /// Name of its random streams: initial weights, image order, augmentation. Default: the scheme and the number of
    /// initialisations of that scheme before it, so that all of them differ and no renaming changes a result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<String>,
}

impl Init {
    /// Name of the random streams of the initialisation at a place of the file, default resolved.
    pub fn stream_of(all: &[Self], place: usize) -> String {
        let own = &all[place];
        let name = own.scheme.name();
        let before = all[..place].iter().filter(|other| other.scheme.name() == name).count();
        own.stream.clone().unwrap_or_else(|| format!("{name}/{before}"))
    }
}

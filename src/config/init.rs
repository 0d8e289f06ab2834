use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use camlab_parts::init::InitSpec;
use camlab_parts::training::TrainingSpec;

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
    /// Names of the training stages that it takes, each a `[[training.stage]]`; all if left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<String>,
    /// Name of its random streams: initial weights, image order, augmentation. Default: the scheme and the number of
    /// initialisations of that scheme before it, so that all of them differ and no renaming changes a result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<String>,
}

impl Init {
    /// The training of this network: `training` with its stages alone.
    pub fn training(&self, training: &TrainingSpec) -> TrainingSpec {
        let mut own = training.clone();
        if !self.stages.is_empty() {
            own.stage.retain(|stage| self.stages.contains(&stage.name));
        }
        own
    }

    /// Name of the random streams of the initialisation at a place of the file, default resolved.
    pub fn stream_of(all: &[Self], place: usize) -> String {
        let own = &all[place];
        let name = own.scheme.name();
        let before = all[..place].iter().filter(|other| other.scheme.name() == name).count();
        own.stream.clone().unwrap_or_else(|| format!("{name}/{before}"))
    }
}

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `[[claim]]`: a claim that the report tests by a paired comparison on the same images over all seeds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Claim {
    /// The map that is claimed to be better.
    pub better: NamedMap,
    /// The map that it is claimed to be better than.
    pub than: NamedMap,
    /// The metric that decides, as tables name it: `max-box-acc-v2`, `pixel-auc`, `tpr@0.5` ...
    #[serde(default = "box_accuracy")]
    pub metric: String,
    /// The contrast applied to the maps before evaluation, as tables name it.
    #[serde(default = "unchanged")]
    pub contrast: String,
}

fn box_accuracy() -> String {
    "max-box-acc-v2".into()
}

fn unchanged() -> String {
    "none".into()
}

/// One of the maps that an experiment makes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct NamedMap {
    /// The CAM method, or a baseline.
    pub method: String,
    /// The layer; combined layers are separated by `+`. May be left out if the method runs at one layer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<String>,
    /// The network; if left out on both sides of a claim, every network in turn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
}

/// `evaluation.intuitive`: the reference map that every other map is compared with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Intuitive {
    /// The CAM method of the reference map, one of those listed in a `[[maps]]`.
    pub method: String,
    /// The layer; may be left out if the method runs at one layer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<String>,
}

use serde::{Deserialize, Serialize};

/// `[[claim]]`: something the report tests, on the same images and over all seeds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Claim {
    /// What is claimed to be better.
    pub better: NamedMap,
    /// What it is claimed to be better than.
    pub than: NamedMap,
    /// The number that decides, as tables call it: `max-box-acc-v2`, `pixel-auc`, `tpr@0.5` ...
    #[serde(default = "box_accuracy")]
    pub metric: String,
    /// After which of the evaluation's contrasts, as tables call it.
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct NamedMap {
    /// The CAM method, or a baseline.
    pub method: String,
    /// The layer, joined ones with `+` between them; may be left out where the method is made at one layer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<String>,
    /// The network; left out on both sides of a claim: every network in turn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
}

/// `[evaluation] intuitive`: the per-pixel picture that every other map is compared with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Intuitive {
    /// The CAM method that makes it, one of those listed in a `[[maps]]`.
    pub method: String,
    /// The layer; may be left out where the method is made at one layer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<String>,
}

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `[[claim]]`: a claim that the report tests by a paired comparison on the same images over all seeds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Claim {
    /// The sentence that the claim is a test of, as the report shows it; several claims may test one sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<String>,
    /// The map that is claimed to be better.
    pub better: ClaimSide,
    /// The map that it is claimed to be better than.
    pub than: ClaimSide,
    /// The metric that decides, as tables name it: `max-box-acc-v2`, `pixel-auc`, `tpr@0.5` ...
    #[serde(default = "box_accuracy")]
    pub metric: String,
    /// The contrast applied to the maps before evaluation, as tables name it, unless a side names its own.
    #[serde(default = "unchanged")]
    pub contrast: String,
}

impl Claim {
    /// The contrast of the map that is claimed to be better.
    pub fn better_contrast(&self) -> &str {
        self.better.contrast.as_deref().unwrap_or(&self.contrast)
    }

    /// The contrast of the map that it is claimed to be better than.
    pub fn than_contrast(&self) -> &str {
        self.than.contrast.as_deref().unwrap_or(&self.contrast)
    }

    /// `true` if conditions choose the configurations of the sweep that are compared.
    pub fn chooses_configurations(&self) -> bool {
        self.better.conditions.is_some() || self.than.conditions.is_some()
    }
}

/// One side of a claim: a map, its contrast and its configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ClaimSide {
    /// The CAM method, or a baseline.
    pub method: String,
    /// The layer; combined layers are separated by `+`. May be left out if the method runs at one layer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<String>,
    /// The network; if left out on both sides of a claim, every network in turn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
    /// The contrast of this side; default: that of the claim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contrast: Option<String>,
    /// Conditions on swept keys, which choose the configurations of this side: `{ "training.optimiser" = "sgd" }`. A list
    /// means any of its values; the name of an item stands for the item with any options. Default: those of the other
    /// side; without any, every configuration by itself.
    #[serde(default, rename = "where", skip_serializing_if = "Option::is_none")]
    pub conditions: Option<serde_json::Map<String, serde_json::Value>>,
}

impl ClaimSide {
    /// The map, whatever its contrast and configuration.
    pub fn map(&self) -> NamedMap {
        let Self { method, layer, network, .. } = self.clone();
        NamedMap { method, layer, network }
    }
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

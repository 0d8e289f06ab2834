use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::cam::CamSpec;
use camlab_base::registry;

registry! {
    /// Maps that a chain corrects and stacks.
    pub enum ChainSource as "source of a chain" {
        "features" => Features(FeatureSource), "the layers' activations, as in the source article: those of the last convolutions, after their ReLUs";
        "cams" => Cams(Cams), "CAMs of the target class, one per method and layer";
    }
    /// The implementation of this source.
    fn implementation -> StackedMaps;
}

/// A source of the maps that a chain stacks: what one row of the registry does.
pub trait StackedMaps {
    /// CAM methods whose maps are stacked; `None` for a source that stacks the network's activations.
    fn cams(&self) -> Option<&[CamSpec]>;
}

/// Options of `features`: none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FeatureSource {}

impl StackedMaps for FeatureSource {
    fn cams(&self) -> Option<&[CamSpec]> {
        None
    }
}

/// Options of `cams`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Cams {
    /// CAM methods, each applied at every layer of the chain.
    pub methods: Vec<CamSpec>,
}

impl StackedMaps for Cams {
    fn cams(&self) -> Option<&[CamSpec]> {
        Some(&self.methods)
    }
}

impl Default for ChainSource {
    fn default() -> Self {
        Self::Features(FeatureSource {})
    }
}

impl ChainSource {
    /// CAM methods whose maps are stacked; `None` for `features`.
    pub fn cams(&self) -> Option<&[CamSpec]> {
        self.implementation().cams()
    }

    /// CAM methods whose maps are stacked; empty for `features`.
    pub fn methods(&self) -> &[CamSpec] {
        self.cams().unwrap_or_default()
    }
}

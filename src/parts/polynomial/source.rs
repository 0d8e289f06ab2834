use serde::{Deserialize, Serialize};

use crate::cam::CamSpec;
use camlab_base::registry;

registry! {
    /// Maps that a chain corrects and stacks.
    pub enum ChainSource as "source of a chain" {
        "features" => Features(FeatureSource), "the layers' activations, as in the source article: those of the last convolutions, after their ReLUs";
        "cams" => Cams(Cams), "CAMs of the target class, one per method and layer";
    }
}

/// Options of `features`: none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeatureSource {}

/// Options of `cams`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Cams {
    /// CAM methods, each applied at every layer of the chain.
    pub methods: Vec<CamSpec>,
}

impl Default for ChainSource {
    fn default() -> Self {
        Self::Features(FeatureSource {})
    }
}

impl ChainSource {
    /// CAM methods whose maps are stacked; empty for `features`.
    pub fn methods(&self) -> &[CamSpec] {
        match self {
            Self::Features(_) => &[],
            Self::Cams(cams) => &cams.methods,
        }
    }
}

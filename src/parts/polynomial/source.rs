use serde::{Deserialize, Serialize};

use crate::cam::CamSpec;
use camlab_base::registry;

registry! {
    /// What a chain corrects and stacks.
    pub enum ChainSource as "source of a chain" {
        "features" => Features(FeatureSource), "the layers' activations themselves, as in the article: the last convolutions behind their ReLUs";
        "cams" => Cams(Cams), "maps of the target's class, one per method and layer";
    }
}

/// `features` has no options.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeatureSource {}

/// Options of `cams`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Cams {
    /// CAM methods, each at every layer of the chain.
    pub methods: Vec<CamSpec>,
}

impl Default for ChainSource {
    fn default() -> Self {
        Self::Features(FeatureSource {})
    }
}

impl ChainSource {
    /// The methods, where maps are stacked.
    pub fn methods(&self) -> &[CamSpec] {
        match self {
            Self::Features(_) => &[],
            Self::Cams(cams) => &cams.methods,
        }
    }
}

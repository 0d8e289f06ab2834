use serde::{Deserialize, Serialize};

use super::{AdlOptions, CutMixOptions, HideAndSeekOptions, TrainError};
use camlab_base::registry;

registry! {
    /// Training method that keeps a network from relying on an object's most discriminative part alone.
    pub enum MethodSpec as "training method" {
        "plain" => Plain(PlainOptions), "standard training, without regions hidden or mixed";
        "hide-and-seek" => HideAndSeek(HideAndSeekOptions), "random patches of every training image are hidden (Singh & Lee 2017)";
        "cutmix" => CutMix(CutMixOptions), "a rectangle of every training image is replaced by that of another image, and labels are mixed in proportion to area (Yun et al. 2019)";
        "adl" => Adl(AdlOptions), "attention-based dropout layers: in training, activations are multiplied by an importance map or have their most discriminative region dropped (Choe & Shim 2019)";
    }
}

/// `plain` has no options.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlainOptions {}

impl Default for MethodSpec {
    fn default() -> Self {
        Self::Plain(PlainOptions {})
    }
}

impl MethodSpec {
    pub(super) fn check(&self) -> Result<(), TrainError> {
        match self {
            Self::Plain(_) => Ok(()),
            Self::HideAndSeek(options) => options.check(),
            Self::CutMix(options) => options.check(),
            Self::Adl(options) => options.check(),
        }
    }

    /// Options of the attention-based dropout layers, if the method is `adl`.
    pub fn adl(&self) -> Option<&AdlOptions> {
        match self {
            Self::Adl(options) => Some(options),
            _ => None,
        }
    }
}

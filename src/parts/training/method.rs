use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use camlab_base::registry;
use camlab_nn::train::{AdlOptions, CutMixOptions, HideAndSeekOptions, TrainingMethod};

registry! {
    /// Training method that keeps a network from relying on an object's most discriminative part alone, as named in
    /// TOML.
    pub enum MethodSpec as "training method" {
        "plain" => Plain(PlainOptions), "standard training, without regions hidden or mixed";
        "hide-and-seek" => HideAndSeek(HideAndSeekOptions) as "Hide-and-Seek", "random patches of every training image are hidden (Singh & Lee 2017)";
        "cutmix" => CutMix(CutMixOptions) as "CutMix", "a rectangle of every training image is replaced by that of another image, and labels are mixed in proportion to area (Yun et al. 2019)";
        "adl" => Adl(AdlOptions) as "ADL", "attention-based dropout layers: in training, activations are multiplied by an importance map or have their most discriminative region dropped (Choe & Shim 2019)";
    }
    /// The implementation of this method.
    fn implementation -> MethodKind;
}

/// A training method: what one row of the registry does.
pub trait MethodKind {
    /// The trainer's method.
    fn method(&self) -> TrainingMethod;
}

/// `plain` has no options.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlainOptions {}

impl MethodKind for PlainOptions {
    fn method(&self) -> TrainingMethod {
        TrainingMethod::Plain
    }
}

impl MethodKind for HideAndSeekOptions {
    fn method(&self) -> TrainingMethod {
        TrainingMethod::HideAndSeek(self.clone())
    }
}

impl MethodKind for CutMixOptions {
    fn method(&self) -> TrainingMethod {
        TrainingMethod::CutMix(self.clone())
    }
}

impl MethodKind for AdlOptions {
    fn method(&self) -> TrainingMethod {
        TrainingMethod::Adl(self.clone())
    }
}

impl Default for MethodSpec {
    fn default() -> Self {
        Self::Plain(PlainOptions {})
    }
}

impl From<&MethodSpec> for TrainingMethod {
    fn from(spec: &MethodSpec) -> Self {
        spec.implementation().method()
    }
}

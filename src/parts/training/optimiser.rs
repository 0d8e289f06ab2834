use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use camlab_base::registry;
use camlab_nn::train::{AdamOptions, Optimiser};

registry! {
    /// Rule that turns a gradient into a step, as named in TOML.
    pub enum OptimiserSpec as "optimiser" {
        "sgd" => Sgd(SgdOptions) as "SGD", "gradient descent with `momentum` and `nesterov`; weight decay is an L2 penalty";
        "adam" => Adam(AdamOptions) as "Adam", "adaptive moments (Kingma & Ba 2015); weight decay is an L2 penalty, as in torch's Adam";
        "adamw" => AdamW(AdamWOptions) as "AdamW", "Adam with decoupled weight decay (Loshchilov & Hutter 2019), as torch's AdamW";
    }
    /// The implementation of this optimiser.
    fn implementation -> OptimiserKind;
}

/// An optimiser: what one row of the registry does.
pub trait OptimiserKind {
    /// The trainer's rule.
    fn optimiser(&self) -> Optimiser;
}

/// `sgd` takes its options from the stage: `momentum`, `nesterov`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SgdOptions {}

impl OptimiserKind for SgdOptions {
    fn optimiser(&self) -> Optimiser {
        Optimiser::Sgd
    }
}

impl OptimiserKind for AdamOptions {
    fn optimiser(&self) -> Optimiser {
        Optimiser::Adam(*self)
    }
}

/// Options of `adamw`: those of `adam`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct AdamWOptions(pub AdamOptions);

impl OptimiserKind for AdamWOptions {
    fn optimiser(&self) -> Optimiser {
        Optimiser::AdamW(self.0)
    }
}

impl Default for OptimiserSpec {
    fn default() -> Self {
        Self::Sgd(SgdOptions {})
    }
}

impl From<&OptimiserSpec> for Optimiser {
    fn from(spec: &OptimiserSpec) -> Self {
        spec.implementation().optimiser()
    }
}

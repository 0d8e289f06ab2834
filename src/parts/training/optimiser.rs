use serde::{Deserialize, Serialize};

use camlab_base::registry;
use camlab_nn::train::{AdamOptions, Optimiser};

registry! {
    /// Rule that turns a gradient into a step, as named in TOML.
    pub enum OptimiserSpec as "optimiser" {
        "sgd" => Sgd(SgdOptions) as "SGD", "gradient descent with `momentum` and `nesterov`; weight decay is an L2 penalty";
        "adam" => Adam(AdamOptions) as "Adam", "adaptive moments (Kingma & Ba 2015); weight decay is an L2 penalty, as in torch's Adam";
        "adamw" => AdamW(AdamOptions) as "AdamW", "Adam with decoupled weight decay (Loshchilov & Hutter 2019), as torch's AdamW";
    }
}

/// `sgd` takes its options from the stage: `momentum`, `nesterov`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SgdOptions {}

impl Default for OptimiserSpec {
    fn default() -> Self {
        Self::Sgd(SgdOptions {})
    }
}

impl From<&OptimiserSpec> for Optimiser {
    fn from(spec: &OptimiserSpec) -> Self {
        match spec {
            OptimiserSpec::Sgd(_) => Self::Sgd,
            OptimiserSpec::Adam(options) => Self::Adam(*options),
            OptimiserSpec::AdamW(options) => Self::AdamW(*options),
        }
    }
}

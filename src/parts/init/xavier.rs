use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::InitError;
use super::fresh::{Fan, HeadRule, fill};
use super::kaiming::Law;
use super::scheme::drawn;
use camlab_nn::Network;

/// Options of `xavier-normal` and `xavier-uniform` (gain 1, torch's default).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct XavierOptions {
    /// Initialise the last batch norm scale of every residual branch to 0 (Goyal et al. 2017).
    pub zero_residual_gamma: bool,
}

impl XavierOptions {
    fn apply(&self, network: &mut Network, seed: u64, law: Law) -> Result<(), InitError> {
        fill(network, seed, HeadRule::Drawn, self.zero_residual_gamma, |shape, rng| {
            let fan = Fan::of(shape);
            law.draw(shape.iter().product(), (2.0 / (fan.input + fan.output) as f32).sqrt(), rng)
        })
    }
}

drawn! {
    /// `xavier-normal`: normally distributed weights.
    XavierNormal(XavierOptions) by Normal
}

drawn! {
    /// `xavier-uniform`: uniformly distributed weights.
    XavierUniform(XavierOptions) by Uniform
}

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::fresh::{Fan, HeadRule, fill};
use super::kaiming::Law;
use super::scheme::residual;
use super::{InitError, InitScheme, SchemeFault};
use camlab_nn::Network;
use camlab_nn::graph::Graph;

/// Options of `xavier-normal` and `xavier-uniform` (gain 1, torch's default).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
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

/// `xavier-normal`: normally distributed weights.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct XavierNormal(pub XavierOptions);

impl InitScheme for XavierNormal {
    fn check(&self, graph: &Graph) -> Result<(), SchemeFault> {
        residual(self.0.zero_residual_gamma, graph)
    }

    fn apply(&self, network: &mut Network, seed: u64, _: Option<&Path>) -> Result<(), InitError> {
        self.0.apply(network, seed, Law::Normal)
    }
}

/// `xavier-uniform`: uniformly distributed weights.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct XavierUniform(pub XavierOptions);

impl InitScheme for XavierUniform {
    fn check(&self, graph: &Graph) -> Result<(), SchemeFault> {
        residual(self.0.zero_residual_gamma, graph)
    }

    fn apply(&self, network: &mut Network, seed: u64, _: Option<&Path>) -> Result<(), InitError> {
        self.0.apply(network, seed, Law::Uniform)
    }
}

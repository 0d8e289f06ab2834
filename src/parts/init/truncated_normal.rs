use std::path::Path;

use rand_distr::{Distribution, StandardNormal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::fresh::{HeadRule, fill};
use super::scheme::{positive, residual};
use super::{InitError, InitScheme, SchemeFault};
use camlab_nn::Network;
use camlab_nn::graph::Graph;

/// Options of `truncated-normal`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct TruncatedNormalOptions {
    /// Standard deviation before the truncation at `-2 std` and `2 std`.
    pub std: f32,
    /// Initialise the last batch norm scale of every residual branch to 0 (Goyal et al. 2017).
    pub zero_residual_gamma: bool,
}

impl Default for TruncatedNormalOptions {
    fn default() -> Self {
        Self { std: 0.02, zero_residual_gamma: false }
    }
}

impl InitScheme for TruncatedNormalOptions {
    fn check(&self, graph: &Graph) -> Result<(), SchemeFault> {
        positive("std", self.std)?;
        residual(self.zero_residual_gamma, graph)
    }

    fn apply(&self, network: &mut Network, seed: u64, _: Option<&Path>) -> Result<(), InitError> {
        if !(self.std > 0.0 && self.std.is_finite()) {
            return Err(InitError::Scale { option: "std", value: self.std });
        }
        fill(network, seed, HeadRule::Drawn, self.zero_residual_gamma, |shape, rng| {
            let mut within = || loop {
                let draw: f32 = StandardNormal.sample(rng);
                if draw.abs() <= 2.0 {
                    break self.std * draw;
                }
            };
            (0..shape.iter().product()).map(|_| within()).collect()
        })
    }
}

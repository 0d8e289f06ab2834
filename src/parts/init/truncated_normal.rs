use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use super::InitError;
use super::fresh::{HeadRule, fill};
use camlab_nn::Network;

/// Options of `truncated-normal`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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

impl TruncatedNormalOptions {
    pub(super) fn apply(&self, network: &mut Network, seed: u64) -> Result<(), InitError> {
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

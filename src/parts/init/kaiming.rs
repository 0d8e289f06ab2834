use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::InitError;
use super::fresh::{Fan, HeadRule, fill, normal, uniform};
use super::scheme::drawn;
use camlab_nn::Network;

/// Fan that the variance is divided by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FanMode {
    /// Preserves the variance of activations in the forward pass.
    FanIn,
    /// Preserves the variance of gradients in the backward pass (torchvision's choice).
    FanOut,
}

/// Distribution of the weights.
#[derive(Clone, Copy)]
pub(super) enum Law {
    Normal,
    Uniform,
}

impl Law {
    /// `count` draws with mean 0 and this standard deviation (the uniform bound is `sqrt(3)` times it).
    pub fn draw(self, count: usize, deviation: f32, rng: &mut rand_chacha::ChaCha8Rng) -> Vec<f32> {
        match self {
            Self::Normal => normal(count, deviation, rng),
            Self::Uniform => uniform(count, 3f32.sqrt() * deviation, rng),
        }
    }
}

/// Options of `kaiming-normal` and `kaiming-uniform` (gain `sqrt(2)`, for ReLU).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct KaimingOptions {
    /// `fan-in` or `fan-out`.
    pub mode: FanMode,
    /// Initialise the last batch norm scale of every residual branch to 0 (Goyal et al. 2017).
    pub zero_residual_gamma: bool,
}

impl Default for KaimingOptions {
    fn default() -> Self {
        Self { mode: FanMode::FanOut, zero_residual_gamma: false }
    }
}

impl KaimingOptions {
    fn apply(&self, network: &mut Network, seed: u64, law: Law) -> Result<(), InitError> {
        fill(network, seed, HeadRule::TorchDefault, self.zero_residual_gamma, |shape, rng| {
            let fan = match self.mode {
                FanMode::FanIn => Fan::of(shape).input,
                FanMode::FanOut => Fan::of(shape).output,
            };
            law.draw(shape.iter().product(), (2.0 / fan as f32).sqrt(), rng)
        })
    }
}

drawn! {
    /// `kaiming-normal`: normally distributed weights.
    KaimingNormal(KaimingOptions) by Normal
}

drawn! {
    /// `kaiming-uniform`: uniformly distributed weights.
    KaimingUniform(KaimingOptions) by Uniform
}

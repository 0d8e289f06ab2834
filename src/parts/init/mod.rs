//! Where a network's parameters start: a checkpoint, or a rule that draws them.

mod error;
mod fresh;
mod kaiming;
mod orthogonal;
mod pretrained;
mod truncated_normal;
mod xavier;

use crate::nn::Network;
use crate::registry::registry;

pub use error::InitError;
pub use kaiming::{FanMode, KaimingOptions};
pub use orthogonal::OrthogonalOptions;
pub use pretrained::PretrainedOptions;
pub use truncated_normal::TruncatedNormalOptions;
pub use xavier::XavierOptions;

registry! {
    /// An initialisation and its options.
    pub enum InitSpec as "initialisation" {
        "pretrained" => Pretrained(PretrainedOptions), "every parameter from a safetensors checkpoint";
        "kaiming-normal" => KaimingNormal(KaimingOptions), "normal, variance 2 / fan (He et al. 2015), torchvision's for ResNets";
        "kaiming-uniform" => KaimingUniform(KaimingOptions), "uniform, variance 2 / fan (He et al. 2015)";
        "xavier-normal" => XavierNormal(XavierOptions), "normal, variance 2 / (fan in + fan out) (Glorot & Bengio 2010)";
        "xavier-uniform" => XavierUniform(XavierOptions), "uniform, variance 2 / (fan in + fan out) (Glorot & Bengio 2010)";
        "orthogonal" => Orthogonal(OrthogonalOptions), "orthonormal rows or columns (Saxe et al. 2014)";
        "truncated-normal" => TruncatedNormal(TruncatedNormalOptions), "normal, redrawn beyond two standard deviations";
    }
}

impl InitSpec {
    /// Fills every parameter and buffer of `network`. The draw of a parameter depends on `seed` and its name only.
    ///
    /// Rules that draw fill convolutions and the head's weight, set biases and running means to 0, scales and
    /// running variances to 1. The Kaiming rules leave the head to torch's own default, as torchvision does.
    ///
    /// # Errors
    /// [`InitError`] when an option is out of range or a checkpoint does not fit.
    pub fn apply(&self, network: &mut Network, seed: u64) -> Result<(), InitError> {
        match self {
            Self::Pretrained(options) => options.apply(network, seed),
            Self::KaimingNormal(options) => options.apply(network, seed, kaiming::Law::Normal),
            Self::KaimingUniform(options) => options.apply(network, seed, kaiming::Law::Uniform),
            Self::XavierNormal(options) => options.apply(network, seed, kaiming::Law::Normal),
            Self::XavierUniform(options) => options.apply(network, seed, kaiming::Law::Uniform),
            Self::Orthogonal(options) => options.apply(network, seed),
            Self::TruncatedNormal(options) => options.apply(network, seed),
        }
    }
}

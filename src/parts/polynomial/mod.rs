//! Polynomial correction of maps (step A9 of the source article): every map of an image is scaled to [0, 1] and
//! expanded into polynomials of degrees 1 to k, so that n maps become a stack of k n channels.

mod basis;
mod coefficients;
pub mod ridge;
mod source;
mod stack;

pub use basis::Basis;
pub use coefficients::{
    CoefficientFault, CoefficientList, CoefficientRule, Coefficients, Ridge, Uniform, Weights,
};
pub use source::{Cams, ChainSource, FeatureSource, StackedMaps};
pub use stack::{Layer, Stack, finest};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Options of `polynomial`, the correction of a map.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Polynomial {
    /// Highest degree, k in the source article.
    pub degree: usize,
    /// Polynomial basis.
    pub basis: Basis,
    /// Values that share one minimum and maximum when scaled to [0, 1].
    pub scale: ScaleScope,
}

/// Values that share one minimum and maximum when scaled to [0, 1], within each image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ScaleScope {
    /// All activations of a layer (a CAM is a single map and scaled by itself).
    #[default]
    Map,
    /// Each channel separately.
    Channel,
}

impl Default for Polynomial {
    fn default() -> Self {
        Self { degree: 10, basis: Basis::default(), scale: ScaleScope::default() }
    }
}

//! Polynomial correction of maps (step A9): every map of an image is scaled to [0, 1] and raised to degrees 1 to k, so
//! that n maps become a stack of k n channels.

mod basis;
mod coefficients;
pub mod ridge;
mod source;
mod stack;

pub use basis::Basis;
pub use coefficients::{CoefficientList, Coefficients, Ridge, Uniform, Weights};
pub use source::{Cams, ChainSource, FeatureSource};
pub use stack::{Layer, Stack, finest};

use serde::{Deserialize, Serialize};

/// `polynomial`: how a map is corrected.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Polynomial {
    /// The highest degree, k in the article.
    pub degree: usize,
    /// Which polynomials.
    pub basis: Basis,
    /// What is scaled to [0, 1] together.
    pub scale: ScaleScope,
}

/// What is scaled to [0, 1] together, in each image by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScaleScope {
    /// A layer's activations together (a CAM is one map, and scaled alone).
    #[default]
    Map,
    /// Every channel by itself.
    Channel,
}

impl Default for Polynomial {
    fn default() -> Self {
        Self { degree: 10, basis: Basis::default(), scale: ScaleScope::default() }
    }
}

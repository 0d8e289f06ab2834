use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::eigen::{first_component, rows};
use super::weigh::finish;
use super::{Cam, Features, Needs};
use crate::algebra::dot;
use camlab_raster::Map;

/// Eigen-CAM: the activations' first principal component, `M = A v_1` (Muhammad and Yeasin 2020, equation 3).
/// Class-agnostic.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct EigenCam {
    /// Subtract each channel's mean first, as pytorch-grad-cam does; the paper does not.
    pub centre: bool,
    /// Rule for the component's sign.
    pub sign: Sign,
    /// Clip negative values to 0.
    pub relu: bool,
}

impl Default for EigenCam {
    fn default() -> Self {
        Self { centre: true, sign: Sign::default(), relu: true }
    }
}

/// Rule for the sign of a principal component, which the decomposition leaves open. pytorch-grad-cam takes the sign
/// that LAPACK returns, so its maps may show the background by chance.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Sign {
    /// The map correlates positively with the sum over the channels of the decomposed values.
    #[default]
    Sum,
    /// The value of largest magnitude is positive (Seg-Eigen-CAM, equation 13; scikit-learn).
    Largest,
    /// The opposite of `sum`.
    OppositeSum,
    /// The opposite of `largest`.
    OppositeLargest,
}

impl Sign {
    /// `component` with the sign that the rule gives; `sums` holds each position's sum over the channels.
    pub(super) fn apply(self, component: &[f64], sums: &[f64]) -> Vec<f32> {
        let mean = sums.iter().sum::<f64>() / sums.len() as f64;
        let centred: Vec<f64> = sums.iter().map(|sum| sum - mean).collect();
        let largest = |best: f64, value: &f64| if value.abs() > best.abs() { *value } else { best };
        let (by, opposite) = match self {
            Self::Sum | Self::OppositeSum => (dot(component, &centred), self == Self::OppositeSum),
            Self::Largest | Self::OppositeLargest => {
                (component.iter().fold(0.0, largest), self == Self::OppositeLargest)
            }
        };
        let sign = if (by < 0.0) == opposite { 1.0 } else { -1.0 };
        component.iter().map(|value| (sign * value) as f32).collect()
    }
}

/// First principal component of `values` (positions times channels), one number per position.
pub(super) fn component(
    values: impl Iterator<Item = f32>,
    channels: usize,
    centre: bool,
    sign: Sign,
) -> Vec<f32> {
    let rows = rows(values, channels, centre);
    let sums: Vec<f64> = rows.chunks_exact(channels).map(|row| row.iter().sum()).collect();
    sign.apply(&first_component(&rows, channels), &sums)
}

impl Cam for EigenCam {
    fn version(&self) -> u32 {
        1
    }

    fn needs(&self) -> Needs {
        Needs::Activations
    }

    fn map(&self, features: Features<'_>) -> Map {
        let values = features.activations.iter().copied();
        finish(features, component(values, features.channels, self.centre, self.sign), self.relu)
    }
}

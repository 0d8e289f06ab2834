use serde::{Deserialize, Serialize};

use super::weigh::{channel_sums, finish, weighted, weighted_sum};
use super::{Cam, Features, Needs};
use camlab_raster::Map;

/// Grad-CAM++: `M = ReLU(sum_k w_k A_k)`, `w_k = sum_ij alpha_k(i, j) ReLU(g_k(i, j))`,
/// `alpha = g^2 / (2 g^2 + g^3 sum_ab A_k(a, b))` (Chattopadhyay et al. 2018, equations 5, 10 and 19), which is
/// `1 / (2 + g sum A)` for any `g` but 0.
///
/// Equation 19 holds where the class's score is `exp(y)`; that factor of the first derivative is the same for every
/// weight and leaves the map's shape alone. The published codes do not agree with it or each other: see [`Reading`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct GradCamPlusPlus {
    /// Whose formula.
    pub reading: Reading,
    /// Cut negative values off, as the paper does.
    pub relu: bool,
}

impl Default for GradCamPlusPlus {
    fn default() -> Self {
        Self { reading: Reading::default(), relu: true }
    }
}

/// Whose formula Grad-CAM++'s weights follow.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reading {
    /// Equation 19.
    #[default]
    Paper,
    /// The authors' code: equation 19's `alpha`, scaled to sum to 1 over the positions of each channel's positive
    /// gradients.
    Authors,
    /// pytorch-grad-cam 1.5: 1e-6 added to the denominator. Gradients are small (1e-3 behind global pooling), so the
    /// 1e-6 often outweighs `2 g^2`.
    PytorchGradCam,
    /// BagCAMs, and what torchcam documents: the denominator's last term is `sum_ab g^3 A`.
    BagCams,
    /// xplique: the mean of `A_k` in place of its sum.
    Xplique,
    /// torchcam 0.5 as it runs: `alpha[mask].div_()` divides a copy, so that `alpha = g^2`.
    Torchcam,
}

impl Reading {
    /// One weight per channel.
    pub(super) fn weights(self, features: Features<'_>) -> Vec<f32> {
        let sums = channel_sums(features, |_, a, _| a);
        let cubes = channel_sums(features, |_, a, g| g * g * g * a);
        let positions = (features.height * features.width) as f64;
        let alpha = |channel: usize, g: f64| {
            let (square, cube) = (g * g, g * g * g);
            let denominator = match self {
                Self::Paper | Self::Authors => 2.0 * square + cube * sums[channel],
                Self::PytorchGradCam => 2.0 * square + cube * sums[channel] + 1e-6,
                Self::BagCams => 2.0 * square + cubes[channel],
                Self::Xplique => 2.0 * square + cube * sums[channel] / positions,
                Self::Torchcam => 1.0,
            };
            // The codes that look at it put 1 for a denominator of 0.
            if denominator == 0.0 { square } else { square / denominator }
        };
        // Where the gradient is not positive there is nothing to weight.
        let weighted = channel_sums(features, |k, _, g| if g > 0.0 { alpha(k, g) * g } else { 0.0 });
        if self != Self::Authors {
            return weighted.into_iter().map(|weight| weight as f32).collect();
        }
        let totals = channel_sums(features, |k, _, g| if g > 0.0 { alpha(k, g) } else { 0.0 });
        let scaled = weighted.into_iter().zip(totals);
        scaled.map(|(weight, total)| (if total == 0.0 { weight } else { weight / total }) as f32).collect()
    }
}

impl Cam for GradCamPlusPlus {
    fn version(&self) -> u32 {
        1
    }

    fn needs(&self) -> Needs {
        Needs::Gradients
    }

    fn map(&self, features: Features<'_>) -> Map {
        let map = weighted_sum(features, &self.reading.weights(features));
        finish(features, map, self.relu)
    }

    fn parts(&self, features: Features<'_>) -> Option<Vec<f32>> {
        Some(weighted(features, &self.reading.weights(features)))
    }
}

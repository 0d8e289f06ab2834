use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::weigh::{channel_sums, finish, weighted, weighted_sum};
use super::{Cam, CamFamily, Features, Needs};
use camlab_raster::Map;

/// Grad-CAM++: `M = ReLU(sum_k w_k A_k)`, `w_k = sum_ij alpha_k(i, j) ReLU(g_k(i, j))`,
/// `alpha = g^2 / (2 g^2 + g^3 sum_ab A_k(a, b))` (Chattopadhyay et al. 2018, equations 5, 10 and 19), which equals
/// `1 / (2 + g sum A)` for any nonzero `g`.
///
/// Equation 19 holds where the class's score is `exp(y)`; the factor that this adds to the first derivative is the
/// same for every weight and only scales the map. Published implementations differ from it and from each other: see
/// [`Reading`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct GradCamPlusPlus {
    /// Published variant of the weight formula.
    pub reading: Reading,
    /// Clip negative values to 0, as the paper does.
    pub relu: bool,
}

impl Default for GradCamPlusPlus {
    fn default() -> Self {
        Self { reading: Reading::default(), relu: true }
    }
}

/// Published variants of Grad-CAM++'s weight formula.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reading {
    /// The paper's equation 19.
    #[default]
    Paper,
    /// The authors' code: equation 19's `alpha`, scaled to sum to 1 over the positions of each channel's positive
    /// gradients.
    Authors,
    /// pytorch-grad-cam 1.5: 1e-6 is added to the denominator. Gradients are small (1e-3 at a layer that feeds global
    /// pooling), so the 1e-6 often exceeds `2 g^2`.
    PytorchGradCam,
    /// BagCAMs' code, and torchcam's documentation: the denominator's last term is `sum_ab g^3 A`.
    BagCams,
    /// xplique: the mean of `A_k` in place of its sum.
    Xplique,
    /// torchcam 0.5 as executed: `alpha[mask].div_()` divides a copy, so `alpha = g^2`.
    Torchcam,
}

impl Reading {
    /// Channel weights under this variant.
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
            // Implementations that handle a zero denominator replace it with 1.
            if denominator == 0.0 { square } else { square / denominator }
        };
        // The factor ReLU(g) is 0 where the gradient is not positive.
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

    fn family(&self) -> Option<CamFamily> {
        Some(CamFamily::GradCam)
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

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::weigh::{channel_sums, finish, weighted, weighted_sum};
use super::{Cam, CamFamily, Features, Needs};
use camlab_raster::Map;

/// XGrad-CAM: `M = ReLU(sum_k w_k A_k)`, `w_k = sum_ij g_k A_k / sum_ij A_k` (Fu et al. 2020, equation 8); the weight
/// is 0 for a channel whose activations sum to 0. (pytorch-grad-cam adds 1e-7 to the denominator, torchcam 1e-8.)
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct XGradCam {
    /// Clip negative values to 0, as the paper does.
    pub relu: bool,
}

impl Default for XGradCam {
    fn default() -> Self {
        Self { relu: true }
    }
}

impl Cam for XGradCam {
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
        finish(features, weighted_sum(features, &weights(features)), self.relu)
    }

    fn parts(&self, features: Features<'_>) -> Option<Vec<f32>> {
        Some(weighted(features, &weights(features)))
    }
}

fn weights(features: Features<'_>) -> Vec<f32> {
    let products = channel_sums(features, |_, a, g| a * g);
    let sums = channel_sums(features, |_, a, _| a);
    let ratios = products.into_iter().zip(sums);
    ratios.map(|(product, sum)| if sum == 0.0 { 0.0 } else { (product / sum) as f32 }).collect()
}

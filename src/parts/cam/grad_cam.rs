use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::weigh::{channel_means, weighted, weighted_sum};
use super::{Cam, CamFamily, Features, Needs, relu};
use camlab_raster::Map;

/// Grad-CAM: `M = ReLU(sum_k mean(g_k) A_k)` (Selvaraju et al. 2017, equations 1 and 2).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct GradCam {
    /// Clip negative values to 0, as the paper does; Captum's default does not.
    pub relu: bool,
}

impl Default for GradCam {
    fn default() -> Self {
        Self { relu: true }
    }
}

impl Cam for GradCam {
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
        let means = channel_means(features.gradients, features.channels);
        let mut map = weighted_sum(features, &means);
        if self.relu {
            relu(&mut map);
        }
        Map::new(features.height, features.width, map)
    }

    fn parts(&self, features: Features<'_>) -> Option<Vec<f32>> {
        Some(weighted(features, &channel_means(features.gradients, features.channels)))
    }
}

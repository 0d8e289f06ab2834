use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::eigen::products;
use super::eigen_cam::{Sign, component};
use super::weigh::finish;
use super::{Cam, CamFamily, Features, Needs};
use camlab_raster::Map;

/// Eigen-Grad-CAM: the first principal component of gradients times activations (pytorch-grad-cam), centred per
/// channel. With `magnitude = true` and `sign = "largest"` it is Seg-Eigen-CAM (Chung and Ying 2025, equations 10 to
/// 13).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct EigenGradCam {
    /// Use the gradients' absolute values in place of the gradients.
    pub magnitude: bool,
    /// Rule for the component's sign.
    pub sign: Sign,
    /// Clip negative values to 0.
    pub relu: bool,
}

impl Default for EigenGradCam {
    fn default() -> Self {
        Self { magnitude: false, sign: Sign::default(), relu: true }
    }
}

impl Cam for EigenGradCam {
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
        let map = match self.magnitude {
            false => component(products(features), features.channels, true, self.sign),
            true => {
                let values = features.activations.iter().zip(features.gradients).map(|(a, g)| a * g.abs());
                component(values, features.channels, true, self.sign)
            }
        };
        finish(features, map, self.relu)
    }
}

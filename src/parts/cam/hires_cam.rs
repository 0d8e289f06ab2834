use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::eigen::products;
use super::weigh::{finish, position_sums};
use super::{Cam, Features, Needs};
use camlab_raster::Map;

/// HiResCAM: `M = sum_k g_k * A_k`, element-wise (Draelos and Carin 2020, equation 5). Where the layer feeds global
/// average pooling and a linear classifier, it equals CAM divided by the number of positions and, before `relu`, sums
/// to the class's score minus its bias.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct HiResCam {
    /// Clip negative values to 0, as pytorch-grad-cam does and the paper does for display.
    pub relu: bool,
}

impl Default for HiResCam {
    fn default() -> Self {
        Self { relu: true }
    }
}

impl Cam for HiResCam {
    fn version(&self) -> u32 {
        1
    }

    fn needs(&self) -> Needs {
        Needs::Gradients
    }

    fn map(&self, features: Features<'_>) -> Map {
        finish(features, position_sums(features, |a, g| a * g), self.relu)
    }

    fn parts(&self, features: Features<'_>) -> Option<Vec<f32>> {
        Some(products(features).collect())
    }
}

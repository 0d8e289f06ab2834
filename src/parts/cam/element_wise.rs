use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::eigen::products;
use super::weigh::{finish, position_sums};
use super::{Cam, CamFamily, Features, Needs};
use camlab_raster::Map;

/// Element-wise Grad-CAM: `M = sum_k ReLU(g_k * A_k)`, element-wise (pytorch-grad-cam's `GradCAMElementWise`). Equal
/// to LayerCAM where the activations are a ReLU's output.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ElementWise {}

impl Cam for ElementWise {
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
        finish(features, position_sums(features, |a, g| (a * g).max(0.0)), false)
    }

    fn parts(&self, features: Features<'_>) -> Option<Vec<f32>> {
        Some(products(features).map(|product| product.max(0.0)).collect())
    }
}

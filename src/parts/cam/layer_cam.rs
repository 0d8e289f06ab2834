use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::weigh::{finish, position_sums};
use super::{Cam, Features, Needs};
use camlab_raster::Map;

/// LayerCAM: `M = ReLU(sum_k ReLU(g_k) * A_k)`, element-wise (Jiang et al. 2021, equations 3 to 5).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct LayerCam {}

impl Cam for LayerCam {
    fn version(&self) -> u32 {
        1
    }

    fn needs(&self) -> Needs {
        Needs::Gradients
    }

    fn map(&self, features: Features<'_>) -> Map {
        finish(features, position_sums(features, |a, g| g.max(0.0) * a), true)
    }

    fn parts(&self, features: Features<'_>) -> Option<Vec<f32>> {
        Some(features.activations.iter().zip(features.gradients).map(|(a, g)| g.max(0.0) * a).collect())
    }
}

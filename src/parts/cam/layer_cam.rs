use serde::{Deserialize, Serialize};

use super::{Cam, Features, Needs, relu};
use crate::raster::Map;

/// LayerCAM: `M = ReLU(sum_k ReLU(g_k) * A_k)`, element-wise (Jiang et al. 2021, equations 3 to 5).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
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
        let pixels = features.pixels();
        let mut map = vec![0.0f32; pixels];
        let channels = features.activations.chunks_exact(pixels).zip(features.gradients.chunks_exact(pixels));
        for (activation, gradient) in channels {
            for ((sum, a), g) in map.iter_mut().zip(activation).zip(gradient) {
                *sum += g.max(0.0) * a;
            }
        }
        relu(&mut map);
        Map::new(features.height, features.width, map)
    }
}

use serde::{Deserialize, Serialize};

use super::weigh::{weighted, weighted_sum};
use super::{Cam, Features, Needs, relu};
use crate::raster::Map;

/// CAM: `M = sum_k w[c, k] A_k` with the classifier's weights (Zhou et al. 2016, equation 2).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct CamOptions {
    /// Cut negative values off. The paper, wsolevaluation and torchcam's code do not.
    pub relu: bool,
}

impl Cam for CamOptions {
    fn version(&self) -> u32 {
        1
    }

    fn needs(&self) -> Needs {
        Needs::Classifier
    }

    fn map(&self, features: Features<'_>) -> Map {
        let mut map = weighted_sum(features, features.classifier);
        if self.relu {
            relu(&mut map);
        }
        Map::new(features.height, features.width, map)
    }

    fn parts(&self, features: Features<'_>) -> Option<Vec<f32>> {
        Some(weighted(features, features.classifier))
    }
}

use std::num::NonZeroUsize;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::weigh::{finish, weighted_sum};
use super::{Cam, CamError, Features, Needs, NetworkQueries, ScoreCam};
use camlab_raster::Map;

/// IS-CAM: Score-CAM whose weights are mean scores along a path from an all-zero mask to the channel's mask (Naidu et
/// al. 2020, equations 3 to 5; torchcam's `ISCAM`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct IsCam {
    /// Number of steps of the path.
    pub samples: NonZeroUsize,
    /// Factor of the mask at each step.
    pub path: MaskPath,
    /// Options for masks and scores, as in `score-cam`.
    pub score_cam: ScoreCam,
}

impl Default for IsCam {
    fn default() -> Self {
        let samples = NonZeroUsize::MIN.saturating_add(9);
        Self { samples, path: MaskPath::default(), score_cam: ScoreCam::default() }
    }
}

/// Factor of the mask at step i = 1 ... N.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MaskPath {
    /// `i / N`, which ends at the full mask.
    #[default]
    Linear,
    /// `sum_(j <= i) j / N`, as torchcam accumulates it: 5.5 at the tenth of ten steps, so that masked images leave
    /// their value range.
    Accumulated,
}

impl Cam for IsCam {
    fn version(&self) -> u32 {
        1
    }

    fn needs(&self) -> Needs {
        Needs::MaskedImages
    }

    fn weights(&self, queries: NetworkQueries<'_>) -> Result<Vec<f32>, CamError> {
        let samples = self.samples.get();
        self.score_cam.weigh("is-cam", queries, samples, &|_, sample, mask| {
            let step = (sample + 1) as f32;
            let factor = match self.path {
                MaskPath::Linear => step,
                MaskPath::Accumulated => step * (step + 1.0) / 2.0,
            };
            mask.iter_mut().for_each(|value| *value *= factor / samples as f32);
        })
    }

    fn map(&self, features: Features<'_>) -> Map {
        finish(features, weighted_sum(features, features.weights), true)
    }
}

use std::num::NonZeroUsize;

use rand_distr::{Distribution as _, StandardNormal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::weigh::{finish, weighted_sum};
use super::{Cam, CamError, Features, Needs, NetworkQueries, Refusal, ScoreCam};
use camlab_base::random::stream;
use camlab_raster::Map;

/// SS-CAM: Score-CAM whose weights are mean scores over `samples` masks with noise of N(0, `sigma`^2) added to every
/// pixel (Wang et al. 2020, "SS-CAM", equations 4 to 7; torchcam's `SSCAM`). The noise depends only on `seed`, the
/// channel and the sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct SsCam {
    /// Number of noisy masks per channel.
    pub samples: NonZeroUsize,
    /// Standard deviation of the noise; masks are in [0, 1].
    pub sigma: f32,
    /// Seed of the noise.
    pub seed: u64,
    /// Options for masks and scores, as in `score-cam`.
    pub score_cam: ScoreCam,
}

impl Default for SsCam {
    fn default() -> Self {
        let samples = NonZeroUsize::MIN.saturating_add(34);
        Self { samples, sigma: 2.0, seed: 0, score_cam: ScoreCam::default() }
    }
}

impl Cam for SsCam {
    fn version(&self) -> u32 {
        1
    }

    fn check(&self) -> Result<(), Refusal> {
        Refusal::unless(
            self.sigma >= 0.0 && self.sigma.is_finite(),
            "sigma",
            format!("`sigma` = {} is out of range", self.sigma),
            "write 0 or more; the published value is 2.0, for masks in [0, 1]",
        )
    }

    fn needs(&self) -> Needs {
        Needs::MaskedImages
    }

    fn weights(&self, queries: NetworkQueries<'_>) -> Result<Vec<f32>, CamError> {
        self.score_cam.weigh("ss-cam", queries, self.samples.get(), &|channel, sample, mask| {
            let mut rng = stream(self.seed, &format!("cam/ss-cam/{channel}/{sample}"));
            for value in mask {
                let noise: f32 = StandardNormal.sample(&mut rng);
                *value += self.sigma * noise;
            }
        })
    }

    fn map(&self, features: Features<'_>) -> Map {
        finish(features, weighted_sum(features, features.weights), true)
    }
}

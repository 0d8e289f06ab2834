use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::weigh::{dot, finish, weighted_sum};
use super::{Cam, Features, Needs, Refusal};
use camlab_raster::Map;

/// FEM, the feature explanation method: marks activations that exceed their channel's mean by `k` standard deviations
/// (Fuad et al. 2020, equations 1 to 4). Class-agnostic.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Fem {
    /// Threshold, in standard deviations above the channel's mean.
    pub k: f64,
    /// Published variant of the sum over the channels.
    pub reading: FemReading,
}

impl Default for Fem {
    fn default() -> Self {
        Self { k: 2.0, reading: FemReading::default() }
    }
}

/// Published variants of FEM's sum over the channels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FemReading {
    /// The means of all channels whose activation reaches the threshold (xplique).
    #[default]
    Binary,
    /// The activations, each channel weighted by the fraction of positions above its threshold (pytorch-grad-cam).
    PytorchGradCam,
}

impl Cam for Fem {
    fn version(&self) -> u32 {
        1
    }

    fn check(&self) -> Result<(), Refusal> {
        Refusal::unless(
            self.k.is_finite(),
            "k",
            format!("`k` = {} is not finite", self.k),
            "write a number of standard deviations; the published value is 2.0",
        )
    }

    fn needs(&self) -> Needs {
        Needs::Activations
    }

    fn map(&self, features: Features<'_>) -> Map {
        let (means, thresholds) = self.thresholds(features);
        let positions = || features.activations.chunks_exact(features.channels);
        let map = match self.reading {
            FemReading::Binary => positions()
                .map(|position| {
                    let reached: Vec<f32> = position
                        .iter()
                        .zip(&thresholds)
                        .map(|(a, threshold)| if a >= threshold { 1.0 } else { 0.0 })
                        .collect();
                    dot(&reached, &means, |reached, mean| reached * mean)
                })
                .collect(),
            FemReading::PytorchGradCam => {
                let mut above = vec![0.0f32; features.channels];
                for position in positions() {
                    for ((count, a), threshold) in above.iter_mut().zip(position).zip(&thresholds) {
                        *count += if a > threshold { 1.0 } else { 0.0 };
                    }
                }
                let count = (features.height * features.width) as f32;
                above.iter_mut().for_each(|above| *above /= count);
                weighted_sum(features, &above)
            }
        };
        finish(features, map, true)
    }
}

impl Fem {
    /// Mean and threshold of every channel.
    fn thresholds(&self, features: Features<'_>) -> (Vec<f32>, Vec<f32>) {
        let mut sums = vec![[0.0f64; 2]; features.channels];
        let positions = || features.activations.chunks_exact(features.channels);
        let count = (features.height * features.width) as f64;
        for position in positions() {
            sums.iter_mut().zip(position).for_each(|(sums, a)| sums[0] += f64::from(*a) / count);
        }
        for position in positions() {
            for ([mean, variance], a) in sums.iter_mut().zip(position) {
                *variance += (f64::from(*a) - *mean).powi(2) / count;
            }
        }
        let threshold = |[mean, variance]: &[f64; 2]| (mean + self.k * variance.sqrt()) as f32;
        (sums.iter().map(|sums| sums[0] as f32).collect(), sums.iter().map(threshold).collect())
    }
}

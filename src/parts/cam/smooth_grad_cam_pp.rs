use std::num::NonZeroUsize;

use rand_distr::{Distribution as _, StandardNormal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::gradient_queries::only;
use super::weigh::{channel_sums, finish, finite, weighted_sum};
use super::{Cam, CamError, CamFamily, Features, Needs, NetworkQueries, Refusal};
use camlab_base::random::stream;
use camlab_raster::Map;

/// Smooth Grad-CAM++: Grad-CAM++ whose derivatives are means over noisy images (Omeiza et al. 2019, equations 4 to
/// 6): `alpha = D2 / (2 D2 + D3 sum A)`, `w_k = sum_ij alpha ReLU(D1)`, with `Dp` the mean of `g^p`. The paper's
/// numerator is `D1`, which without noise does not reduce to Grad-CAM++; `D2` is used instead, as in torchcam.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct SmoothGradCamPlusPlus {
    /// Number of noisy images.
    pub samples: NonZeroUsize,
    /// Standard deviation of the noise.
    pub sigma: f32,
    /// `true` if `sigma` is a fraction of the image's value range (maximum minus minimum); else it is in the input's
    /// own units, as in torchcam.
    pub relative: bool,
    /// Seed of the noise.
    pub seed: u64,
    /// Published variant of the weight formula.
    pub reading: SmoothReading,
    /// Clip negative values to 0.
    pub relu: bool,
}

/// Published variants of Smooth Grad-CAM++'s weight formula.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SmoothReading {
    /// The paper's, except for the numerator.
    #[default]
    Paper,
    /// torchcam's: the denominator's last term is `sum D3 A`, 1e-8 is added to it, and the `g` of the last noisy
    /// image replaces `D1`.
    Torchcam,
}

impl Default for SmoothGradCamPlusPlus {
    fn default() -> Self {
        let samples = NonZeroUsize::MIN.saturating_add(3);
        Self { samples, sigma: 0.15, relative: true, seed: 0, reading: SmoothReading::default(), relu: true }
    }
}

/// Means of `g`, `g^2` and `g^3` over the noisy images, and `g` of the last one, by position and channel.
struct NoisySums {
    powers: [Vec<f64>; 3],
    last: Vec<f32>,
}

impl Cam for SmoothGradCamPlusPlus {
    fn version(&self) -> u32 {
        1
    }

    fn family(&self) -> Option<CamFamily> {
        Some(CamFamily::GradCam)
    }

    fn check(&self) -> Result<(), Refusal> {
        Refusal::unless(
            self.sigma >= 0.0 && self.sigma.is_finite(),
            "sigma",
            format!("`sigma` = {} is out of range", self.sigma),
            "write 0 or more, as a fraction of the image's range, such as 0.15",
        )
    }

    fn needs(&self) -> Needs {
        Needs::GradientQueries
    }

    fn weights(&self, queries: NetworkQueries<'_>) -> Result<Vec<f32>, CamError> {
        let NetworkQueries { features, .. } = queries;
        let NoisySums { powers: [first, second, third], last } = self.sums(queries)?;
        let channels = features.channels;
        let totals = channel_sums(Features { gradients: features.activations, ..features }, |_, a, _| a);
        let mut inside = vec![0.0f64; channels];
        for (at, (cube, a)) in third.iter().zip(features.activations).enumerate() {
            inside[at % channels] += cube * f64::from(*a);
        }
        let mut weights = vec![0.0f64; channels];
        for at in 0..second.len() {
            let (channel, square) = (at % channels, second[at]);
            let (denominator, slope) = match self.reading {
                SmoothReading::Paper => (2.0 * square + third[at] * totals[channel], first[at]),
                SmoothReading::Torchcam => (2.0 * square + inside[channel] + 1e-8, f64::from(last[at])),
            };
            let denominator = if denominator == 0.0 { 1.0 } else { denominator };
            weights[channel] += square / denominator * slope.max(0.0);
        }
        finite("smooth-grad-cam++", weights.into_iter())
    }

    fn map(&self, features: Features<'_>) -> Map {
        finish(features, weighted_sum(features, features.weights), self.relu)
    }
}

impl SmoothGradCamPlusPlus {
    fn sums(&self, queries: NetworkQueries<'_>) -> Result<NoisySums, CamError> {
        let gradients = queries.gradients.ok_or(CamError::MissingQueries { method: "smooth-grad-cam++" })?;
        let image = gradients.image();
        let low = image.iter().copied().fold(f32::INFINITY, f32::min);
        let high = image.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sigma = if self.relative { self.sigma * (high - low) } else { self.sigma };
        let mut powers = [1, 2, 3].map(|_| vec![0.0f64; queries.features.activations.len()]);
        let mut last = Vec::new();
        let count = self.samples.get();
        for sample in 0..count {
            let mut rng = stream(self.seed, &format!("cam/smooth-grad-cam++/{sample}"));
            let noisy = image.iter().map(|value| {
                let noise: f32 = StandardNormal.sample(&mut rng);
                value + sigma * noise
            });
            let seen = gradients.at_layer(noisy.collect(), |logits| only(queries.target, logits))?;
            for (power, sums) in (1..).zip(&mut powers) {
                let gradients = seen.gradients[0].data.iter().map(|g| f64::from(*g).powi(power));
                sums.iter_mut().zip(gradients).for_each(|(sum, value)| *sum += value / count as f64);
            }
            last = seen.gradients[0].data.to_vec();
        }
        Ok(NoisySums { powers, last })
    }
}

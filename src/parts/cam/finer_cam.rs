use std::num::NonZeroUsize;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::weigh::{channel_means, finish, softmax, weighted_sum};
use super::{Cam, CamError, Features, Needs, NetworkQueries, Refusal};
use camlab_raster::Map;

/// Finer-CAM: Grad-CAM of the difference between the target class and the classes with the nearest logits, the mean
/// of `y_c - alpha y_i` (Zhang et al. 2025, equations 4 and 5).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct FinerCam {
    /// Weight of the other classes' logits, at least 0.
    pub alpha: f64,
    /// Number of classes compared with: those with the nearest logits.
    pub others: NonZeroUsize,
    /// Weights of the other classes in the mean.
    pub average: FinerAverage,
    /// Clip negative values to 0.
    pub relu: bool,
}

impl Default for FinerCam {
    fn default() -> Self {
        let others = NonZeroUsize::MIN.saturating_add(2);
        Self { alpha: 0.6, others, average: FinerAverage::default(), relu: true }
    }
}

/// Weights of the other classes in Finer-CAM's mean.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FinerAverage {
    /// Equal weights (the paper, torchcam).
    #[default]
    Uniform,
    /// Softmax over the other classes' logits, which is differentiated too (pytorch-grad-cam, with `alpha = 1`).
    Probability,
}

impl FinerCam {
    /// Derivative of the explained mean with respect to each class's logit.
    fn factors(&self, logits: &[f32], target: usize) -> Result<Vec<f32>, CamError> {
        let classes = logits.len();
        let score = f64::from(*logits.get(target).ok_or(CamError::Class { class: target, classes })?);
        let mut others: Vec<usize> = (0..classes).filter(|class| *class != target).collect();
        let distance = |class: usize| (f64::from(logits[class]) - score).abs();
        others.sort_by(|a, b| distance(*a).total_cmp(&distance(*b)));
        others.truncate(self.others.get());
        let mut shares: Vec<f64> = others.iter().map(|class| f64::from(logits[*class])).collect();
        match self.average {
            FinerAverage::Uniform => shares.fill(1.0 / others.len() as f64),
            FinerAverage::Probability => softmax(&mut shares),
        }
        let difference = |class: usize| score - self.alpha * f64::from(logits[class]);
        let mean: f64 = others.iter().zip(&shares).map(|(class, share)| share * difference(*class)).sum();
        let mut factors = vec![0.0; classes];
        factors[target] = 1.0;
        for (class, share) in others.into_iter().zip(shares) {
            // Derivative of the softmax weights.
            let moved = match self.average {
                FinerAverage::Uniform => 0.0,
                FinerAverage::Probability => share * (difference(class) - mean),
            };
            factors[class] = (moved - self.alpha * share) as f32;
        }
        Ok(factors)
    }
}

impl Cam for FinerCam {
    fn version(&self) -> u32 {
        1
    }

    fn check(&self) -> Result<(), Refusal> {
        Refusal::unless(
            self.alpha >= 0.0 && self.alpha.is_finite(),
            "alpha",
            format!("`alpha` = {} is out of range", self.alpha),
            "write 0 or more; the published value is 0.6",
        )
    }

    fn needs(&self) -> Needs {
        Needs::GradientQueries
    }

    fn weights(&self, queries: NetworkQueries<'_>) -> Result<Vec<f32>, CamError> {
        let gradients = queries.gradients.ok_or(CamError::MissingQueries { method: "finer-cam" })?;
        let factors = |logits: &[f32]| self.factors(logits, queries.target);
        let seen = gradients.at_layer(gradients.image().to_vec(), factors)?;
        Ok(channel_means(&seen.gradients[0].data, queries.features.channels))
    }

    fn map(&self, features: Features<'_>) -> Map {
        finish(features, weighted_sum(features, features.weights), self.relu)
    }
}

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::gradient_queries::only;
use super::weigh::{channel_means, finish, probabilities_of, weighted_sum};
use super::{Cam, CamError, Features, Needs, NetworkQueries};
use camlab_nn::ClassProbabilities;
use camlab_raster::Map;

/// ShapleyCAM: `M = ReLU(sum_k w_k A_k)`, `w_k = mean(g_k - (H A)_k / 2)`, with `H` the Hessian of the utility with
/// respect to the activations (Cai et al. 2025, equation 8).
///
/// Networks of convolutions, ReLUs and pooling are piecewise linear, so the Hessian is `J' U J`, with `U` the
/// utility's Hessian with respect to the logits and `J` the logits' Jacobian: 0 for `utility = "logit"`, where this
/// is Grad-CAM.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ShapleyCam {
    /// Function of the logits that is explained.
    pub utility: Utility,
    /// Clip negative values to 0.
    pub relu: bool,
}

impl Default for ShapleyCam {
    fn default() -> Self {
        Self { utility: Utility::default(), relu: true }
    }
}

/// Function of the logits that ShapleyCAM explains.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Utility {
    /// `y_c + log p_c`, the class's logit plus its log-probability (the paper's ReST).
    #[default]
    Rest,
    /// `y_c` (pytorch-grad-cam's default).
    Logit,
}

/// Step of the finite difference along the activation, as a fraction of it.
const STEP: f32 = 1.0 / 64.0;

impl Cam for ShapleyCam {
    fn version(&self) -> u32 {
        1
    }

    fn needs(&self) -> Needs {
        Needs::GradientQueries
    }

    fn weights(&self, queries: NetworkQueries<'_>) -> Result<Vec<f32>, CamError> {
        let NetworkQueries { features, target, .. } = queries;
        let gradients = queries.gradients.ok_or(CamError::MissingQueries { method: "shapley-cam" })?;
        let moved = match self.utility {
            Utility::Logit => Vec::new(),
            Utility::Rest => {
                let grid = [features.height, features.width];
                let scaled = |by: f32| features.activations.iter().map(|a| by * a).collect();
                let above = gradients.logits_from_layer(scaled(1.0 + STEP), grid)?;
                let below = gradients.logits_from_layer(scaled(1.0 - STEP), grid)?;
                above.iter().zip(below).map(|(a, b)| f64::from(a - b) / f64::from(2.0 * STEP)).collect()
            }
        };
        let factors = |logits: &[f32]| {
            let mut factors = only(target, logits)?;
            if self.utility == Utility::Rest {
                rest(&mut factors, logits, &moved, target, gradients.probabilities());
            }
            Ok(factors)
        };
        let seen = gradients.at_layer(gradients.image().to_vec(), factors)?;
        Ok(channel_means(&seen.gradients[0].data, features.channels))
    }

    fn map(&self, features: Features<'_>) -> Map {
        finish(features, weighted_sum(features, features.weights), self.relu)
    }
}

/// Sets `factors` to `u' - U v / 2` for the utility `y_c + log p_c`; `v` (`moved`) is the logits' derivative along
/// the activation. Of a softmax, the utility's gradient is `2 e_c - p` and its Hessian `p p' - diag(p)`; of a sigmoid,
/// they are `(2 - p_c) e_c` and `-p_c (1 - p_c) e_c e_c'`.
fn rest(factors: &mut [f32], logits: &[f32], moved: &[f64], target: usize, kind: ClassProbabilities) {
    let mut probabilities: Vec<f64> = logits.iter().map(|logit| f64::from(*logit)).collect();
    probabilities_of(&mut probabilities, kind);
    if kind == ClassProbabilities::Sigmoid {
        factors.fill(0.0);
        if let (Some(p), Some(v)) = (probabilities.get(target), moved.get(target)) {
            factors[target] = (2.0 - p + 0.5 * p * (1.0 - p) * v) as f32;
        }
        return;
    }
    let mean: f64 = probabilities.iter().zip(moved).map(|(p, v)| p * v).sum();
    for (class, ((factor, p), v)) in factors.iter_mut().zip(&probabilities).zip(moved).enumerate() {
        let gradient = if class == target { 2.0 - p } else { -p };
        *factor = (gradient - 0.5 * p * (mean - v)) as f32;
    }
}

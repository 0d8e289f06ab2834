use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::softmax;

/// Function from a network's class scores to class probabilities.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ClassProbabilities {
    /// `exp(z_c) / sum_d exp(z_d)`: one class per image, the probabilities sum to 1.
    #[default]
    Softmax,
    /// `1 / (1 + exp(-z_c))`: every class by itself, for images with several labels.
    Sigmoid,
}

impl ClassProbabilities {
    /// Probabilities of all classes from the scores of one image, `[classes]`.
    pub fn of(self, logits: &[f32]) -> Vec<f32> {
        match self {
            Self::Softmax => softmax(logits, 1.0),
            Self::Sigmoid => logits.iter().map(|logit| sigmoid(f64::from(*logit)) as f32).collect(),
        }
    }

    /// True for the softmax, the default.
    pub fn is_softmax(&self) -> bool {
        *self == Self::Softmax
    }

    /// Its name in TOML and in texts.
    pub fn name(self) -> &'static str {
        match self {
            Self::Softmax => "softmax",
            Self::Sigmoid => "sigmoid",
        }
    }
}

/// `1 / (1 + exp(-x))` without overflow.
pub(crate) fn sigmoid(x: f64) -> f64 {
    let power = (-x.abs()).exp();
    if x >= 0.0 { 1.0 / (1.0 + power) } else { power / (1.0 + power) }
}

#[cfg(test)]
mod tests {
    use super::ClassProbabilities;

    #[test]
    fn sigmoids_are_of_each_class_by_itself() {
        let found = ClassProbabilities::Sigmoid.of(&[0.0, 3.0f32.ln(), -(3.0f32.ln()), 1e4, -1e4]);
        let wanted = [0.5, 0.75, 0.25, 1.0, 0.0];
        assert!(found.iter().zip(wanted).all(|(found, wanted)| (found - wanted).abs() < 1e-6), "{found:?}");
        let softmax = ClassProbabilities::Softmax.of(&[0.0, 1.0]);
        assert!((softmax.iter().sum::<f32>() - 1.0).abs() < 1e-6);
    }
}

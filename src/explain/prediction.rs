use serde::{Deserialize, Serialize};

use camlab_nn::softmax;

/// A network's class prediction for one image.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassPrediction {
    /// The most probable class; on a tie the lowest index.
    pub class: usize,
    /// Softmax probability of `class`.
    pub probability: f32,
    /// Softmax probability of the true class.
    pub label_probability: f32,
    /// Number of classes more probable than the true one; 0 is Top-1.
    pub label_rank: u32,
}

impl ClassPrediction {
    /// From the logits of one image and its true class.
    ///
    /// # Panics
    /// If `label` is not below the number of logits.
    pub fn new(logits: &[f32], label: usize) -> Self {
        let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let class = logits.iter().position(|logit| *logit == highest).unwrap_or(0);
        let probabilities = softmax(logits, 1.0);
        let probability = |class: usize| probabilities.get(class).copied().unwrap_or(0.0);
        Self {
            class,
            probability: probability(class),
            label_probability: probability(label),
            label_rank: logits.iter().filter(|logit| **logit > logits[label]).count() as u32,
        }
    }
}

use serde::{Deserialize, Serialize};

use camlab_nn::ClassProbabilities;

/// A network's class prediction for one image.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassPrediction {
    /// The most probable class; on a tie the lowest index.
    pub class: usize,
    /// Probability of `class`.
    pub probability: f32,
    /// Probability of the true class.
    pub label_probability: f32,
    /// Number of classes more probable than the true one that the image does not show; 0 is Top-1.
    pub label_rank: u32,
}

impl ClassPrediction {
    /// From the logits of one image, its true class and all that it shows, that class among them.
    ///
    /// # Panics
    /// If `label` is not below the number of logits.
    pub fn new(logits: &[f32], label: usize, shown: &[usize], probabilities: ClassProbabilities) -> Self {
        let class = most_probable(logits);
        let probabilities = probabilities.of(logits);
        let probability = |class: usize| probabilities.get(class).copied().unwrap_or(0.0);
        Self {
            class,
            probability: probability(class),
            label_probability: probability(label),
            label_rank: logits
                .iter()
                .enumerate()
                .filter(|(class, logit)| **logit > logits[label] && !shown.contains(class))
                .count() as u32,
        }
    }
}

/// The class with the highest score; on a tie the lowest index.
pub fn most_probable(logits: &[f32]) -> usize {
    let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    logits.iter().position(|logit| *logit == highest).unwrap_or(0)
}

//! Losses of images with several labels: every class is a decision by itself.

use std::sync::Arc;

use super::check::{length, mismatch};
use crate::probabilities::sigmoid;
use crate::{OpError, Recorder, Value};

/// Down-weighting of easy classes in a loss over independent classes (Ben-Baruch et al. 2021, "Asymmetric loss for
/// multi-label classification", equations 4 to 7). All zero: binary cross-entropy.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct AsymmetricFocus {
    /// Exponent of `1 - p` of the classes that an image shows, 0 or more.
    pub gamma_positive: f64,
    /// Exponent of `p - margin` of all others, 0 or more.
    pub gamma_negative: f64,
    /// Probability up to which a class that is not shown counts as no error, 0 to less than 1.
    pub margin: f64,
}

impl AsymmetricFocus {
    /// Loss of one class score, and its derivative. With `p = sigmoid(score)` and `q = max(p - margin, 0)`:
    /// `-(1 - p)^gamma_positive ln p` for a class that is shown, `-q^gamma_negative ln(1 - q)` for one that is not.
    ///
    /// The powers are differentiated, as the paper's equation 9 does; the authors' code does so only with
    /// `disable_torch_grad_focal_loss = False`.
    fn class(&self, score: f64, shown: bool) -> (f64, f64) {
        let (p, rest) = (sigmoid(score), sigmoid(-score));
        if shown {
            let gamma = self.gamma_positive;
            let (power, log) = (rest.powf(gamma), -softplus(-score));
            return (-power * log, power * (gamma * p * log - rest));
        }
        let (gamma, q) = (self.gamma_negative, p - self.margin);
        if q <= 0.0 {
            return (0.0, 0.0);
        }
        // Without a margin, 1 - q is `rest`, which is exact where p is nearly 1.
        let (log, share) = match self.margin > 0.0 {
            true => ((1.0 - q).ln(), rest / (1.0 - q)),
            false => (-softplus(score), 1.0),
        };
        let bent = if gamma > 0.0 { gamma * q.powf(gamma - 1.0) * log * rest } else { 0.0 };
        (-q.powf(gamma) * log, p * (q.powf(gamma) * share - bent))
    }

    /// Mean loss over images and classes, in `f64`: `scores` and `targets` are `[n, classes]`, a target above one half
    /// means that the class is shown. PyTorch: `BCEWithLogitsLoss` where all options are 0. The authors' code sums
    /// instead.
    pub fn mean(&self, scores: &[f32], targets: &[f32]) -> f64 {
        let sum: f64 = scores
            .iter()
            .zip(targets)
            .map(|(score, target)| self.class(f64::from(*score), *target > 0.5).0)
            .sum();
        sum / scores.len().max(1) as f64
    }
}

/// `ln(1 + exp(x))` without overflow.
fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

/// [`AsymmetricFocus::mean`] of `[n, classes]` scores as a value of shape `[1, 1]`; `targets` has as many elements.
///
/// # Errors
/// Scores without two dimensions, targets of another length.
pub fn multi_label_loss(
    recorder: &mut Recorder,
    scores: &Value,
    targets: &[f32],
    focus: AsymmetricFocus,
) -> Result<Value, OpError> {
    let op = "multi_label_loss";
    length(op, "the scores", scores)?;
    if scores.shape.len() != 2 || targets.len() != scores.data.len() {
        let given = Value { data: Arc::default(), shape: vec![targets.len()], slot: None };
        return Err(mismatch(op, ("the scores", scores), ("the targets", &given)));
    }
    let loss = focus.mean(&scores.data, targets) as f32;
    let slot = scores.slot.clone();
    Ok(recorder.record(&[&scores.slot], Arc::new(vec![loss]), vec![1, 1], || {
        let count = scores.data.len().max(1) as f64;
        let of = |(score, target): (&f32, &f32)| focus.class(f64::from(*score), *target > 0.5).1 / count;
        let derivatives: Vec<f64> = scores.data.iter().zip(targets).map(of).collect();
        move |grads, gradient: Vec<f32>| {
            let Some(slot) = slot else { return Ok(()) };
            let factor = f64::from(gradient.first().copied().unwrap_or(0.0));
            slot.add(grads, derivatives.into_iter().map(|one| (factor * one) as f32).collect())
        }
    }))
}

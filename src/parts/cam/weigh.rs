//! Sums over a position's channels, which lie side by side.

use super::{CamError, Features};

/// Channels summed side by side, so that the sums vectorise.
const LANES: usize = 16;

/// `sum_k term(left[k], right[k])`, in an order that the length alone determines.
pub(super) fn dot(left: &[f32], right: &[f32], term: impl Fn(f32, f32) -> f32) -> f32 {
    let mut sums = [0.0f32; LANES];
    let (left, right) = (left.chunks_exact(LANES), right.chunks_exact(LANES));
    let rest = left.remainder().iter().zip(right.remainder());
    let rest: f32 = rest.map(|(a, b)| term(*a, *b)).sum();
    for (left, right) in left.zip(right) {
        for ((sum, a), b) in sums.iter_mut().zip(left).zip(right) {
            *sum += term(*a, *b);
        }
    }
    sums.iter().sum::<f32>() + rest
}

/// `sum_k weights[k] A_k` at every position.
pub(super) fn weighted_sum(features: Features<'_>, weights: &[f32]) -> Vec<f32> {
    let positions = features.activations.chunks_exact(features.channels);
    positions.map(|channels| dot(channels, weights, |activation, weight| activation * weight)).collect()
}

/// The mean of every channel over the positions.
pub(super) fn channel_means(values: &[f32], channels: usize) -> Vec<f32> {
    let mut sums = vec![0.0f64; channels];
    for position in values.chunks_exact(channels) {
        sums.iter_mut().zip(position).for_each(|(sum, value)| *sum += f64::from(*value));
    }
    let positions = (values.len() / channels) as f64;
    sums.into_iter().map(|sum| (sum / positions) as f32).collect()
}

/// Weights as maps take them.
///
/// # Errors
/// [`CamError::NotFinite`] for the first that is none.
pub(super) fn finite(method: &'static str, weights: impl Iterator<Item = f64>) -> Result<Vec<f32>, CamError> {
    let checked = weights.enumerate().map(|(channel, weight)| match weight as f32 {
        weight if weight.is_finite() => Ok(weight),
        weight => Err(CamError::NotFinite { method, channel, weight }),
    });
    checked.collect()
}

/// `exp(x) / sum exp(x)`, in place.
pub(super) fn softmax(values: &mut [f64]) {
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    values.iter_mut().for_each(|value| *value = (*value - most).exp());
    let sum: f64 = values.iter().sum();
    values.iter_mut().for_each(|value| *value /= sum);
}

//! Sums over channels and positions; the channels of a position are contiguous in memory.

use super::{CamError, Features, relu};
use camlab_nn::ClassProbabilities;
use camlab_raster::Map;

/// Channels summed in parallel, so that the sums vectorise.
const LANES: usize = 16;

/// `sum_k term(left[k], right[k])`, in an order that depends only on the length.
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

/// `weights[k] A_k` at every position and channel.
pub(super) fn weighted(features: Features<'_>, weights: &[f32]) -> Vec<f32> {
    features.activations.iter().zip(weights.iter().cycle()).map(|(a, weight)| a * weight).collect()
}

/// Mean of every channel over the positions.
pub(super) fn channel_means(values: &[f32], channels: usize) -> Vec<f32> {
    let mut sums = vec![0.0f64; channels];
    for position in values.chunks_exact(channels) {
        sums.iter_mut().zip(position).for_each(|(sum, value)| *sum += f64::from(*value));
    }
    let positions = (values.len() / channels) as f64;
    sums.into_iter().map(|sum| (sum / positions) as f32).collect()
}

/// Weights as `f32`.
///
/// # Errors
/// [`CamError::NotFinite`] for the first weight that is NaN or infinite.
pub(super) fn finite(method: &'static str, weights: impl Iterator<Item = f64>) -> Result<Vec<f32>, CamError> {
    let checked = weights.enumerate().map(|(channel, weight)| match weight as f32 {
        weight if weight.is_finite() => Ok(weight),
        weight => Err(CamError::NotFinite { method, channel, weight }),
    });
    checked.collect()
}

/// Class scores to probabilities, in place.
pub(crate) fn probabilities_of(values: &mut [f64], kind: ClassProbabilities) {
    match kind {
        ClassProbabilities::Softmax => softmax(values),
        ClassProbabilities::Sigmoid => {
            values.iter_mut().for_each(|value| *value = 1.0 / (1.0 + (-*value).exp()))
        }
    }
}

/// `exp(x) / sum exp(x)`, in place.
pub(crate) fn softmax(values: &mut [f64]) {
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    values.iter_mut().for_each(|value| *value = (*value - most).exp());
    let sum: f64 = values.iter().sum();
    values.iter_mut().for_each(|value| *value /= sum);
}

/// `sum_ij term(k, A_k(i, j), g_k(i, j))` for every channel k.
pub(super) fn channel_sums(features: Features<'_>, term: impl Fn(usize, f64, f64) -> f64) -> Vec<f64> {
    let channels = features.channels;
    let mut sums = vec![0.0f64; channels];
    let positions =
        features.activations.chunks_exact(channels).zip(features.gradients.chunks_exact(channels));
    for (activations, gradients) in positions {
        for (channel, (sum, (a, g))) in sums.iter_mut().zip(activations.iter().zip(gradients)).enumerate() {
            *sum += term(channel, f64::from(*a), f64::from(*g));
        }
    }
    sums
}

/// `sum_k term(A_k, g_k)` at every position.
pub(super) fn position_sums(features: Features<'_>, term: impl Fn(f32, f32) -> f32) -> Vec<f32> {
    let channels = features.channels;
    let positions =
        features.activations.chunks_exact(channels).zip(features.gradients.chunks_exact(channels));
    positions.map(|(activations, gradients)| dot(activations, gradients, &term)).collect()
}

/// Map on the layer's grid, with negative values clipped to 0 if `cut`.
pub(super) fn finish(features: Features<'_>, mut map: Vec<f32>, cut: bool) -> Map {
    if cut {
        relu(&mut map);
    }
    Map::new(features.height, features.width, map)
}

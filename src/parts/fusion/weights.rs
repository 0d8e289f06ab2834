//! Weights of the members of a fusion.

use super::FusionError;

/// Checks the weights from TOML: none (equal weights), or one per member, finite, not negative, not all 0.
pub(super) fn check(weights: &[f64], members: usize) -> Result<(), FusionError> {
    if weights.is_empty() {
        return Ok(());
    }
    if weights.len() != members {
        return Err(FusionError::Weights { given: weights.len(), members });
    }
    match weights.iter().find(|weight| !(weight.is_finite() && **weight >= 0.0)) {
        Some(weight) => Err(FusionError::Weight { weight: *weight }),
        None if weights.iter().sum::<f64>() <= 0.0 => Err(FusionError::WeightlessMembers),
        None => Ok(()),
    }
}

/// Normalised weight of each member; they sum to 1.
pub(super) fn shares(weights: &[f64], members: usize) -> Vec<f64> {
    if weights.is_empty() {
        return vec![1.0 / members as f64; members];
    }
    let total: f64 = weights.iter().sum();
    weights.iter().map(|weight| weight / total).collect()
}

/// Weighted sum of arrays of equal length, accumulated in f64 in the order of the members.
pub(super) fn mean(arrays: &[&[f32]], shares: &[f64]) -> Vec<f32> {
    let length = arrays.first().map_or(0, |array| array.len());
    let at = |index: usize| -> f64 {
        arrays.iter().zip(shares).map(|(array, share)| share * f64::from(array[index])).sum()
    };
    (0..length).map(|index| at(index) as f32).collect()
}

//! How much every member counts.

use super::FusionError;

/// Checks weights as the file has them: none for equal ones, or one per member.
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

/// Every member's share, in sum 1.
pub(super) fn shares(weights: &[f64], members: usize) -> Vec<f64> {
    if weights.is_empty() {
        return vec![1.0 / members as f64; members];
    }
    let total: f64 = weights.iter().sum();
    weights.iter().map(|weight| weight / total).collect()
}

/// The weighted sum of arrays of one length, each element's in the order of the members and in f64.
pub(super) fn mean(arrays: &[&[f32]], shares: &[f64]) -> Vec<f32> {
    let length = arrays.first().map_or(0, |array| array.len());
    let at = |index: usize| -> f64 {
        arrays.iter().zip(shares).map(|(array, share)| share * f64::from(array[index])).sum()
    };
    (0..length).map(|index| at(index) as f32).collect()
}

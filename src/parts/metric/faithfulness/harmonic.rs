//! Harmonic mean of three scores of an image.

/// Harmonic mean of scores from 0 to 1; 0 if one of them is 0, `None` if one is not known.
pub(super) fn harmonic_mean(scores: [Option<f64>; 3]) -> Option<f64> {
    let mut sum = 0.0;
    for score in scores {
        sum += 1.0 / score?.clamp(0.0, 1.0);
    }
    let mean = scores.len() as f64 / sum;
    (!mean.is_nan()).then_some(mean)
}

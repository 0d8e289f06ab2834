use super::Features;

/// Sum of squared deviations from the mean over the grid, one per channel.
pub(super) fn variances(features: Features<'_>) -> Vec<f64> {
    let means = super::weigh::channel_means(features.activations, features.channels);
    let mut sums = vec![0.0f64; features.channels];
    for position in features.activations.chunks_exact(features.channels) {
        for ((sum, value), mean) in sums.iter_mut().zip(position).zip(&means) {
            *sum += f64::from(value - mean).powi(2);
        }
    }
    sums
}

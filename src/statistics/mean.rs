//! Mean of one method over images and training runs.

use super::components::{Components, size};
use super::error::StatisticsError;
use super::spread::MeanTest;

/// Mean score of one method. The tests' p values, of a mean of 0, mean nothing here; the intervals do.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MethodMean {
    /// Mean over seeds of the mean over images, in the unit of the scores.
    pub mean: f64,
    /// Number of images.
    pub images: usize,
    /// Number of seeds.
    pub seeds: usize,
    /// For these trained networks on further images: seeds are fixed.
    pub networks: MeanTest,
    /// For further training runs on further images; `None` with one seed.
    pub training: Option<MeanTest>,
}

/// Mean of `scores[seed][image]` in per cent, 0 to 100, with intervals as in
/// [`paired_difference`](super::paired_difference). An interval of hits may leave 0 to 100.
///
/// # Errors
/// No seed, fewer than two images, seeds with different numbers of images, or a score that is not finite.
pub fn method_mean(scores: &[Vec<f64>]) -> Result<MethodMean, StatisticsError> {
    let (seeds, images) = size(scores)?;
    let sum: f64 = scores.iter().flatten().sum();
    // Where nearly all images hit, or miss, the others are those that say something.
    let reference = if sum > 50.0 * (seeds * images) as f64 { 100.0 } else { 0.0 };
    let found = Components::new(seeds, images, reference, |seed, image| scores[seed][image])?;
    Ok(MethodMean {
        mean: found.mean,
        images,
        seeds,
        networks: found.over_these_networks(),
        training: found.over_training(),
    })
}

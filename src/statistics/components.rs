//! Components of variance of values over images and seeds.

use super::error::StatisticsError;
use super::spread::{MeanTest, VariancePart};

/// Rounding error of sums, relative to the largest value.
pub(crate) const ROUNDING: f64 = 1e-9;
/// Images added, in spirit, where few images differ, see [`Components::images_part`].
const ADDED: f64 = 2.0;

/// Sums of squares of a table of values[seed][image], a two-way layout without replication: value = mean + seed + image +
/// remainder. Every seed is evaluated on the same images, so that images and seeds are crossed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Components {
    /// Number of seeds, at least 1.
    pub seeds: usize,
    /// Number of images, at least 2.
    pub images: usize,
    /// Mean of all values.
    pub mean: f64,
    /// Sum of squares of the means of seeds around the mean.
    pub over_seeds: f64,
    /// Sum of squares of the means of images around the mean.
    pub over_images: f64,
    /// Sum of squares of the remainders.
    pub remainder: f64,
    /// Number of images whose mean over seeds lies above the reference.
    pub above: usize,
    /// Number of images whose mean over seeds lies below the reference.
    pub below: usize,
    /// Sum of squares of the means of images around the reference.
    pub from_reference: f64,
    /// Smallest distance of another value from the lowest or the highest one, the step of scores that take few values; 0
    /// if all values are equal, or with one seed.
    pub step: f64,
}

impl Components {
    /// Of `value(seed, image)`, all finite; `reference` is the value that an image has which says nothing: 0 for
    /// differences.
    ///
    /// # Errors
    /// No seed, fewer than two images, or a value that is not finite.
    pub fn new(
        seeds: usize,
        images: usize,
        reference: f64,
        value: impl Fn(usize, usize) -> f64,
    ) -> Result<Self, StatisticsError> {
        if seeds == 0 || images < 2 {
            return Err(StatisticsError::TooFew { seeds, images });
        }
        let (mut per_seed, mut per_image) = (vec![0.0; seeds], vec![0.0; images]);
        let (mut lowest, mut highest) = (f64::INFINITY, f64::NEG_INFINITY);
        for (seed, seed_mean) in per_seed.iter_mut().enumerate() {
            let mut sum = 0.0;
            for (image, image_mean) in per_image.iter_mut().enumerate() {
                let value = value(seed, image);
                sum += value;
                *image_mean += value;
                (lowest, highest) = (lowest.min(value), highest.max(value));
            }
            *seed_mean = sum / images as f64;
        }
        per_image.iter_mut().for_each(|sum| *sum /= seeds as f64);
        let mean = per_seed.iter().sum::<f64>() / seeds as f64;
        if !mean.is_finite() {
            return Err(StatisticsError::NotFinite);
        }
        let smallest = ROUNDING * lowest.abs().max(highest.abs()).max(reference.abs());
        let mean = if mean.abs() <= smallest { 0.0 } else { mean };
        let over =
            |means: &[f64], centre: f64| means.iter().map(|m| (m - centre) * (m - centre)).sum::<f64>();
        let (mut remainder, mut step) = (0.0, f64::INFINITY);
        if seeds > 1 {
            for (seed, seed_mean) in per_seed.iter().enumerate() {
                for (image, image_mean) in per_image.iter().enumerate() {
                    let value = value(seed, image);
                    let rest = value - image_mean - seed_mean + mean;
                    remainder += rest * rest;
                    for distance in [value - lowest, highest - value] {
                        step = if distance > smallest && distance < step { distance } else { step };
                    }
                }
            }
        }
        // A sum of squares of rounding errors is none.
        let snapped =
            |sum: f64, count: usize| if sum <= smallest * smallest * count as f64 { 0.0 } else { sum };
        Ok(Self {
            seeds,
            images,
            mean,
            over_seeds: snapped(over(&per_seed, mean), seeds),
            over_images: snapped(over(&per_image, mean), images),
            remainder: snapped(remainder, seeds * images),
            above: per_image.iter().filter(|m| **m - reference > smallest).count(),
            below: per_image.iter().filter(|m| reference - **m > smallest).count(),
            from_reference: snapped(over(&per_image, reference), images),
            step: if step.is_finite() { step } else { 0.0 },
        })
    }

    /// Standard deviation over images of the means over seeds.
    pub fn deviation(&self) -> f64 {
        (self.over_images / (self.images - 1) as f64).sqrt()
    }

    /// Sum of squares of the means of images, with up to two more images where some images say nothing: one above and one
    /// below the reference by the root mean square of the images that differ from it, in the share of those that do not.
    /// The sample variance of a hundred images of which three differ is mostly too small; where many do, two more change
    /// nothing. With few hits that differ in one seed, these are the counts that Bonett and Price (2012,
    /// doi:10.3102/1076998611411915) add to paired proportions.
    fn guarded(&self) -> f64 {
        let differing = (self.above + self.below) as f64;
        if differing == 0.0 {
            return self.over_images;
        }
        let added = ADDED * (1.0 - differing / self.images as f64);
        self.over_images + added * self.from_reference / differing
    }

    /// Variance of the mean over seeds, with its degrees of freedom. Means of hits are multiples of a step; those of two
    /// seeds are sometimes equal, which shows no more than that they differ by less. The variance of a uniform rounding
    /// error is added to that of seeds.
    fn seeds_part(&self) -> VariancePart {
        let s = self.seeds as f64;
        let step = self.step / self.images as f64;
        let square = self.over_seeds / (s - 1.0) + step * step / 12.0;
        VariancePart { variance: square / s, degrees: s - 1.0 }
    }

    /// Variance of the mean over images alone, the seeds fixed, with its degrees of freedom.
    pub fn images_part(&self) -> VariancePart {
        let n = self.images as f64;
        VariancePart { variance: self.guarded() / (n * (n - 1.0)), degrees: n - 1.0 }
    }

    /// The mean for these networks: images are random, seeds are fixed.
    pub fn over_these_networks(&self) -> MeanTest {
        let none = VariancePart { variance: 0.0, degrees: self.images_part().degrees };
        MeanTest::new(self.mean, [self.images_part(), none])
    }

    /// The mean over images and training runs, both random; `None` with one seed.
    ///
    /// With mean squares A of seeds, B of images and E of the remainder, the variance of the mean is estimated by (A + B -
    /// E) / (n S). Its parts are A / (n S), with S - 1 degrees of freedom, and (B - E) / (n S), at least 0, with n - 1.
    pub fn over_training(&self) -> Option<MeanTest> {
        if self.seeds < 2 {
            return None;
        }
        let (n, s) = (self.images as f64, self.seeds as f64);
        let remainder = self.remainder / ((s - 1.0) * (n - 1.0) * n * s);
        let images = self.images_part();
        let images =
            VariancePart { variance: (images.variance - remainder).max(0.0), degrees: images.degrees };
        Some(MeanTest::new(self.mean, [self.seeds_part(), images]))
    }
}

/// The sizes of a table, (seeds, images).
///
/// # Errors
/// Seeds with different numbers of images.
pub(crate) fn size(values: &[Vec<f64>]) -> Result<(usize, usize), StatisticsError> {
    let images = values.first().map_or(0, Vec::len);
    match values.iter().find(|seed| seed.len() != images) {
        Some(seed) => Err(StatisticsError::Uneven { found: seed.len(), wanted: images }),
        None => Ok((values.len(), images)),
    }
}

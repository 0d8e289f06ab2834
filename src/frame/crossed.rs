//! Paired comparison over images and seeds jointly, and correction for multiple comparisons.

use camlab_base::{Resamples, quantile};

use super::paired::{FEW_IMAGES, resample_count};

/// Rounding error of sums, relative to the largest difference.
const ROUNDING: f64 = 1e-9;

/// The mean difference of two sides over images and seeds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Crossed {
    /// Mean over seeds of the mean over images.
    pub mean: f64,
    /// Lower end of the 95 % percentile interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
    /// Two-sided p value of no difference: twice the smaller share of resamples on either side of 0, each with one
    /// resample added (Davison and Hinkley 1997, section 4.2), at most 1.
    pub p: f64,
    /// Number of images.
    pub images: usize,
    /// Number of seeds.
    pub seeds: usize,
}

impl Crossed {
    /// `true` if there are enough images for a reliable interval, see [`FEW_IMAGES`].
    pub fn is_enough(&self) -> bool {
        self.images >= FEW_IMAGES
    }
}

/// Bootstrap over images and seeds jointly, of `differences[seed][image]`; every seed has the same images in the same
/// order. Each resample draws images with replacement and, independently, seeds with replacement, and takes the mean
/// over the drawn ones. Images and seeds are crossed, not nested, because every seed is evaluated on the same images;
/// drawing both is known to be conservative, giving intervals that are rather too wide (Owen 2007, "The pigeonhole
/// bootstrap"). With one seed only images are drawn, and the interval does not cover the variation between training
/// runs. `None` without images or seeds, or with lists of different lengths. Deterministic: the random seed is fixed.
pub fn bootstrap(differences: &[Vec<f64>]) -> Option<Crossed> {
    let (seeds, images) = (differences.len(), differences.first()?.len());
    if images == 0 || differences.iter().any(|seed| seed.len() != images) {
        return None;
    }
    let mut resamples = Resamples::new(images, 0, "crossed");
    let largest = differences.iter().flatten().fold(0.0f64, |largest, value| largest.max(value.abs()));
    let count = resample_count(images);
    let mut means: Vec<f64> = (0..count)
        .map(|_| {
            let weights = resamples.draw();
            let per_seed: Vec<f64> = differences.iter().map(|seed| weighted(seed, weights)).collect();
            let drawn = (0..seeds).map(|_| per_seed[resamples.index(seeds)]);
            snapped(drawn.sum::<f64>() / seeds as f64, largest)
        })
        .collect();
    means.sort_by(f64::total_cmp);
    let share = |within: usize| (within + 1) as f64 / (count + 1) as f64;
    let below = means.iter().filter(|mean| **mean <= 0.0).count();
    let above = means.iter().filter(|mean| **mean >= 0.0).count();
    let mean = differences.iter().map(|seed| seed.iter().sum::<f64>() / images as f64).sum::<f64>();
    Some(Crossed {
        mean: snapped(mean / seeds as f64, largest),
        low: quantile(&means, 0.025)?,
        high: quantile(&means, 0.975)?,
        p: (2.0 * share(below.min(above))).min(1.0),
        images,
        seeds,
    })
}

/// The mean of one seed's values, each image weighted by its number of draws.
fn weighted(values: &[f64], weights: &[u32]) -> f64 {
    let sum: f64 = values.iter().zip(weights).map(|(value, weight)| value * f64::from(*weight)).sum();
    sum / values.len() as f64
}

/// Replaces a mean within the rounding error by 0.
fn snapped(mean: f64, largest: f64) -> f64 {
    if mean.abs() <= ROUNDING * largest { 0.0 } else { mean }
}

/// Holm's step-down correction (Holm 1979): the adjusted p values, in the order given. The k-th smallest of m is
/// multiplied by m - k + 1; the result is at least its predecessor and at most 1.
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
    let mut adjusted = vec![1.0; p.len()];
    let mut least = 0.0f64;
    for (rank, place) in order.into_iter().enumerate() {
        least = least.max(p[place] * (p.len() - rank) as f64).min(1.0);
        adjusted[place] = least;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reference: statsmodels 0.15, `multipletests([0.01, 0.04, 0.03, 0.005], method="holm")`; by hand: 4 x 0.005, 3
    /// x 0.01, 2 x 0.03, and 0.04 raised to its predecessor.
    #[test]
    fn holm_is_statsmodels() {
        let found = holm(&[0.01, 0.04, 0.03, 0.005]);
        for (found, wanted) in found.iter().zip([0.03, 0.06, 0.06, 0.02]) {
            assert!((found - wanted).abs() < 1e-12, "{found} is not {wanted}");
        }
        assert_eq!(holm(&[0.9, 0.8]), [1.0, 1.0]);
        assert_eq!(holm(&[]), [0.0; 0]);
    }

    #[test]
    fn a_constant_gap_is_certain_and_none_is_none() {
        let gap = bootstrap(&[vec![4.0; 40], vec![4.0; 40]]).unwrap();
        assert_eq!((gap.mean, gap.low, gap.high, gap.images, gap.seeds), (4.0, 4.0, 4.0, 40, 2));
        assert!(gap.p < 0.001 && gap.is_enough());
        // The exact mean is 0; the computed one has a rounding error.
        let mixed: Vec<f64> = (0..40).map(|at| if at % 2 == 0 { 1e6 / 3.0 } else { -1e6 / 3.0 }).collect();
        assert_eq!(bootstrap(&[mixed]).unwrap().mean, 0.0);
        assert_eq!(bootstrap(&[vec![0.0; 40]]).unwrap().p, 1.0);
        assert!(bootstrap(&[]).is_none() && bootstrap(&[vec![]]).is_none());
        assert!(bootstrap(&[vec![1.0], vec![1.0, 2.0]]).is_none());
    }

    /// 200 images with differences of +-1: standard error 1 / sqrt(200), so p of a mean of 0.1 is about 0.157.
    #[test]
    fn one_seed_is_the_normal_approximation() {
        let differences: Vec<f64> = (0..200).map(|at| if at % 20 < 11 { 1.0 } else { -1.0 }).collect();
        let found = bootstrap(&[differences]).unwrap();
        assert!((found.mean - 0.1).abs() < 1e-12);
        assert!((found.high - 0.1 - 1.96 * 0.0704).abs() < 0.02, "{found:?}");
        assert!((found.p - 0.157).abs() < 0.04, "{found:?}");
    }

    /// The interval must include the variation over seeds. Two seeds at +1 and -1 give resamples of -1, 0 and +1 with
    /// probability 1/4, 1/2 and 1/4.
    #[test]
    fn seeds_that_disagree_widen_the_interval() {
        let found = bootstrap(&[vec![1.0; 100], vec![-1.0; 100]]).unwrap();
        assert_eq!((found.mean, found.low, found.high), (0.0, -1.0, 1.0));
        assert_eq!(found.p, 1.0);
    }
}

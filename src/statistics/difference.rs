//! Paired difference of two methods over images and training runs.

use super::components::{Components, size};
use super::error::StatisticsError;
use super::spread::MeanTest;

/// Number of training runs below which an interval over training runs is too wide to conclude much from: Student's t with
/// one degree of freedom asks for 12.7 standard errors at 95 %, with two for 4.3.
pub const FEWEST_RUNS: usize = 3;

/// The mean difference of two methods on the same images, with the same seeds.
///
/// Model: difference = mean + seed + image + remainder, with seeds and images random; the mean is over all images and all
/// training runs that might have been drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairedDifference {
    /// Mean over seeds of the mean over images, in the unit of the differences (percentage points).
    pub mean: f64,
    /// Number of images.
    pub images: usize,
    /// Number of seeds.
    pub seeds: usize,
    /// For these trained networks on further images: differences are averaged over the seeds, images are random. With one
    /// seed the paired t test.
    pub networks: MeanTest,
    /// For further training runs on further images; `None` with one seed, which shows no variation between runs.
    pub training: Option<MeanTest>,
    /// Effect size d_z (Cohen 1988): the mean over the standard deviation over images of the differences averaged over
    /// seeds. 0 if the mean is 0, infinite if all images agree on another.
    pub effect: f64,
    /// Share of images, 0 to 1, whose difference averaged over seeds is above 0.
    pub better: f64,
    /// Share of images, 0 to 1, whose difference averaged over seeds is below 0.
    pub worse: f64,
}

/// Population that a difference may be claimed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClaimScope {
    /// Training runs and images: there are [`FEWEST_RUNS`] or more, or fewer that suffice for a significant difference.
    Training,
    /// These trained networks on further images, because there are too few runs for a claim about training.
    Networks,
}

impl PairedDifference {
    /// Population that this difference can be stated for at `level`, from its own p value: training runs if there are at
    /// least [`FEWEST_RUNS`] or if the difference is significant over them as it is; otherwise these networks.
    pub fn scope(&self, level: f64) -> ClaimScope {
        self.scope_of(self.training.map(|test| test.p), level)
    }

    /// As [`scope`](Self::scope), from a p value over training runs that is adjusted for a family.
    pub fn scope_of(&self, training_p: Option<f64>, level: f64) -> ClaimScope {
        match training_p {
            Some(p) if self.seeds >= FEWEST_RUNS || p <= level => ClaimScope::Training,
            _ => ClaimScope::Networks,
        }
    }

    /// Test of a scope: over training runs if there are some, else for these networks.
    pub fn test(&self, scope: ClaimScope) -> &MeanTest {
        match (scope, &self.training) {
            (ClaimScope::Training, Some(training)) => training,
            _ => &self.networks,
        }
    }

    /// Second method minus first.
    pub(crate) fn reversed(self) -> Self {
        Self {
            mean: -self.mean,
            networks: self.networks.negated(),
            training: self.training.map(MeanTest::negated),
            effect: -self.effect,
            better: self.worse,
            worse: self.better,
            ..self
        }
    }

    fn new(found: &Components) -> Self {
        let images = found.images as f64;
        Self {
            mean: found.mean,
            images: found.images,
            seeds: found.seeds,
            networks: found.over_these_networks(),
            training: found.over_training(),
            effect: if found.mean == 0.0 { 0.0 } else { found.mean / found.deviation() },
            better: found.above as f64 / images,
            worse: found.below as f64 / images,
        }
    }
}

/// Mean of `differences[seed][image]`, first method minus second; every seed has the same images in the same order. Two
/// methods of one training run, or two networks trained from the same seed, are a pair.
///
/// ```
/// let differences = [vec![4.0, 6.0, 3.0, 7.0], vec![5.0, 7.0, 4.0, 8.0]];
/// let found = camlab_statistics::paired_difference(&differences).unwrap();
/// let training = found.training.expect("two seeds");
/// // These networks differ, and two runs are too few to say so about training.
/// assert_eq!((found.mean, found.better), (5.5, 1.0));
/// assert!(found.networks.p < 0.05 && training.p > 0.05);
/// assert!(found.networks.interval(0.05).low > 0.0 && training.interval(0.05).low < 0.0);
/// ```
///
/// Without any variation the interval has no width and p is 1 (all differences 0) or 0 (all equal to another number).
///
/// # Errors
/// No seed, fewer than two images, seeds with different numbers of images, or a difference that is not finite.
pub fn paired_difference(differences: &[Vec<f64>]) -> Result<PairedDifference, StatisticsError> {
    let (seeds, images) = size(differences)?;
    let found = Components::new(seeds, images, 0.0, |seed, image| differences[seed][image])?;
    Ok(PairedDifference::new(&found))
}

/// Difference of two tables of scores[seed][image] of the same size.
pub(crate) fn difference_of(
    first: &[Vec<f64>],
    second: &[Vec<f64>],
) -> Result<PairedDifference, StatisticsError> {
    let (seeds, images) = size(first)?;
    let found = Components::new(seeds, images, 0.0, |seed, image| first[seed][image] - second[seed][image])?;
    Ok(PairedDifference::new(&found))
}

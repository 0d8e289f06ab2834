//! Interval and bias correction for metrics that are maximised over thresholds.

use camlab_base::{Resamples, quantile};

use super::spread::ConfidenceInterval;

/// Width of the contact set of the interval, in standard errors of the distance from the maximum: wide, so that the
/// interval covers also where many levels are equally good.
pub const CONTACT_WIDTH: f64 = 2.0;
/// Width of the contact set of the bias correction: narrower, so that levels that are merely near the best do not lead to
/// a correction that is too large.
pub const CORRECTION_WIDTH: f64 = 1.0;

/// Observed accuracy curves and their resamples. A row of curves has the accuracies of every part (an IoU threshold, say)
/// at every level (a map threshold), part by part.
#[derive(Debug, Clone, PartialEq)]
pub struct CurveDraws {
    parts: usize,
    observed: Vec<f64>,
    drawn: Vec<f64>,
}

/// A maximised metric with its interval, in the unit of the curves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MaximumEstimate {
    /// Mean over parts of the observed curves' maxima, the number that papers print. On average above the true maximum.
    pub value: f64,
    /// The value less the median excess of a maximum over the truth, as the resamples show it at levels within
    /// [`CORRECTION_WIDTH`]. Where many levels are equally good, about a third of the bias stays.
    pub corrected: f64,
    /// Interval for the maximum of the true curves.
    pub interval: ConfidenceInterval,
}

impl CurveDraws {
    /// From the observed curves, `parts` times as many numbers as there are levels, and no resample yet.
    ///
    /// # Panics
    /// `parts` is 0 or does not divide the row.
    pub fn new(parts: usize, observed: Vec<f64>) -> Self {
        assert!(parts > 0 && !observed.is_empty() && observed.len().is_multiple_of(parts), "{parts} parts");
        Self { parts, observed, drawn: Vec::new() }
    }

    /// Adds the curves of a resample, which `fill` writes; the row that it receives holds zeros.
    pub fn push_with(&mut self, fill: impl FnOnce(&mut [f64])) {
        let start = self.drawn.len();
        self.drawn.resize(start + self.observed.len(), 0.0);
        fill(&mut self.drawn[start..]);
    }

    /// Interval that misses the true maximum with probability `level`, in (0, 1); `None` without resamples.
    ///
    /// The maximum of estimated accuracies is too high, the more so the more levels are nearly as good as the best, and
    /// percentiles of its resamples are higher still: a resample takes the maximum of noise upon noise. Here only the
    /// deviations of resamples from the observed curves count, at levels that may be the best (the contact set of
    /// intersection bounds, Chernozhukov, Lee and Rosen 2013, doi:10.3982/ECTA8718): those whose accuracy is below the
    /// maximum by at most [`CONTACT_WIDTH`] standard errors of that distance. Lower end: the value less the upper
    /// quantile of the largest deviation over the contact set. Upper end: the value less the lower quantile of the
    /// deviation at the observed best level, which suffices, because the value is no lower than the estimate at the
    /// truly best level. Deviations are averaged over parts within a resample.
    pub fn estimate(&self, level: f64) -> Option<MaximumEstimate> {
        let width = self.observed.len();
        let levels = width / self.parts;
        let count = self.drawn.len() / width;
        let (mut largest, mut nearest, mut at_best) = (vec![0.0; count], vec![0.0; count], vec![0.0; count]);
        let (mut value, share) = (0.0, 1.0 / self.parts as f64);
        for part in 0..self.parts {
            let start = part * levels;
            let observed = &self.observed[start..start + levels];
            let (best, maximum) = first_maximum(observed);
            value += share * maximum;
            let (far, near) = self.contact(start, levels, best);
            for (draw, row) in self.drawn.chunks_exact(width).enumerate() {
                let row = &row[start..start + levels];
                let deviation = |level: &usize| row[*level] - observed[*level];
                let most = |contact: &[usize]| contact.iter().map(deviation).fold(f64::MIN, f64::max);
                largest[draw] += share * most(&far);
                nearest[draw] += share * most(&near);
                at_best[draw] += share * deviation(&best);
            }
        }
        for draws in [&mut largest, &mut nearest, &mut at_best] {
            draws.sort_by(f64::total_cmp);
        }
        let low = value - quantile(&largest, 1.0 - 0.5 * level)?;
        let high = value - quantile(&at_best, 0.5 * level)?;
        let corrected = value - quantile(&nearest, 0.5)?;
        Some(MaximumEstimate { value, corrected, interval: ConfidenceInterval { low, high } })
    }

    /// Levels of the part at `start` that may be its best, the observed best among them: within [`CONTACT_WIDTH`] and
    /// within [`CORRECTION_WIDTH`].
    fn contact(&self, start: usize, levels: usize, best: usize) -> (Vec<usize>, Vec<usize>) {
        let width = self.observed.len();
        let observed = &self.observed[start..start + levels];
        let (mut sums, mut squares) = (vec![0.0; levels], vec![0.0; levels]);
        for row in self.drawn.chunks_exact(width) {
            let row = &row[start..start + levels];
            for level in 0..levels {
                let distance = (row[best] - observed[best]) - (row[level] - observed[level]);
                sums[level] += distance;
                squares[level] += distance * distance;
            }
        }
        let count = (self.drawn.len() / width) as f64;
        let within = |width: f64| {
            let near = |level: &usize| {
                let variance =
                    (squares[*level] - sums[*level] * sums[*level] / count) / (count - 1.0).max(1.0);
                observed[best] - observed[*level] <= width * variance.max(0.0).sqrt()
            };
            (0..levels).filter(near).collect()
        };
        (within(CONTACT_WIDTH), within(CORRECTION_WIDTH))
    }
}

/// Place and value of the first maximum.
fn first_maximum(values: &[f64]) -> (usize, f64) {
    let mut found = (0, f64::MIN);
    for (place, value) in values.iter().enumerate() {
        if *value > found.1 {
            found = (place, *value);
        }
    }
    found
}

/// Estimate of a maximised metric over `images` images, from `resamples` bootstrap resamples of the random stream of
/// `seed`. `curves` writes the accuracies of `parts` curves of `levels` levels each, part by part, into a row of zeros,
/// when every image counts as often as its weight says; it is called once with weights of 1. `None` without images,
/// parts, levels or resamples.
///
/// ```
/// // Hits of forty images at two levels.
/// let hits = |image: usize| [image % 3 != 0, image % 2 == 0];
/// let curves = |weights: &[u32], row: &mut [f64]| {
///     for (image, weight) in weights.iter().enumerate() {
///         for (accuracy, hit) in row.iter_mut().zip(hits(image)) {
///             *accuracy += if hit { 100.0 * f64::from(*weight) / 40.0 } else { 0.0 };
///         }
///     }
/// };
/// let found = camlab_statistics::maximum_interval([40, 1, 2], 1000, 0, 0.05, curves).expect("resamples");
/// assert!(found.interval.low < found.corrected && found.value < found.interval.high);
/// ```
pub fn maximum_interval(
    [images, parts, levels]: [usize; 3],
    resamples: usize,
    seed: u64,
    level: f64,
    mut curves: impl FnMut(&[u32], &mut [f64]),
) -> Option<MaximumEstimate> {
    if images == 0 || parts == 0 || levels == 0 {
        return None;
    }
    let mut observed = vec![0.0; parts * levels];
    curves(&vec![1; images], &mut observed);
    let mut draws = CurveDraws::new(parts, observed);
    draws.drawn.reserve_exact(resamples * parts * levels);
    let mut random = Resamples::new(images, seed, "maximum");
    for _ in 0..resamples {
        let weights = random.draw();
        draws.push_with(|row| curves(weights, row));
    }
    draws.estimate(level)
}

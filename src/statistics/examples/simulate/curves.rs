//! Simulated accuracy curves of images over map thresholds.

use camlab_base::random;
use rand::Rng;

use super::sampler::{normal, uniform};

/// Number of map thresholds.
pub const LEVELS: usize = 256;
/// Number of independent levels of a plateau.
const BLOCKS: usize = 16;

/// Shape of the true accuracy curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shape {
    /// One IoU threshold; every image is hit within a short run of levels around nearly the same one.
    Peak,
    /// Three IoU thresholds, smooth curves with one maximum; runs are shorter the higher the threshold.
    Smooth,
    /// Sixteen equally good blocks of levels with independent hits: the largest bias of a maximum.
    Plateau,
    /// The same, each block better than the next by one point.
    Slope,
    /// Two blocks only: the second is worse by three points.
    Rivals,
}

/// Images of a replicate.
pub enum CurveSample {
    /// Runs of levels at which an image is hit, for every part.
    Runs(Vec<Vec<[usize; 2]>>),
    /// Hits of every image, for every block.
    Blocks(Vec<Vec<u8>>),
}

impl Shape {
    pub fn parts(self) -> usize {
        if self == Self::Smooth { 3 } else { 1 }
    }

    pub fn draw(self, images: usize, replicate: u64) -> CurveSample {
        let mut random = random::stream(replicate, "curves");
        match self {
            Self::Peak | Self::Smooth => {
                let mut runs = vec![Vec::with_capacity(images); self.parts()];
                for _ in 0..images {
                    let (centre, half) = self.run(&mut random);
                    for (part, runs) in runs.iter_mut().enumerate() {
                        let half = if self == Self::Smooth { half - 14.0 * part as f64 } else { half };
                        let end = |at: f64| (at.round().max(0.0) as usize).min(LEVELS);
                        runs.push(if half > 0.0 { [end(centre - half), end(centre + half)] } else { [0, 0] });
                    }
                }
                CurveSample::Runs(runs)
            }
            Self::Plateau | Self::Slope | Self::Rivals => {
                let block = |rate: f64, random: &mut _| {
                    (0..images).map(|_| u8::from(uniform(random) < rate)).collect()
                };
                CurveSample::Blocks(self.rates().into_iter().map(|rate| block(rate, &mut random)).collect())
            }
        }
    }

    fn run(self, random: &mut impl Rng) -> (f64, f64) {
        if self == Self::Peak {
            return (128.0 + 4.0 * normal(random), if uniform(random) < 0.8 { 6.0 } else { 0.0 });
        }
        (110.0 + 35.0 * normal(random), 45.0 + 30.0 * normal(random))
    }

    fn rates(self) -> Vec<f64> {
        match self {
            Self::Slope => (0..BLOCKS).map(|block| 0.6 - 0.01 * block as f64).collect(),
            Self::Rivals => vec![0.6, 0.57],
            _ => vec![0.6; BLOCKS],
        }
    }

    /// Mean over parts of the maximum of the true curve, per cent; of runs, from four million images.
    pub fn truth(self) -> f64 {
        if !matches!(self, Self::Peak | Self::Smooth) {
            return 60.0;
        }
        let images = 4_000_000;
        let mut row = vec![0.0; self.parts() * LEVELS];
        self.draw(images, u64::MAX).curves(&vec![1; images], &mut row);
        maximum(&row, self.parts())
    }
}

impl CurveSample {
    /// Accuracies, per cent, at every level of every part.
    pub fn curves(&self, weights: &[u32], row: &mut [f64]) {
        let unit = 100.0 / weights.len() as f64;
        match self {
            Self::Runs(parts) => {
                for (runs, row) in parts.iter().zip(row.chunks_exact_mut(LEVELS)) {
                    let mut steps = [0i64; LEVELS + 1];
                    for ([start, end], weight) in runs.iter().zip(weights) {
                        steps[*start] += i64::from(*weight);
                        steps[*end] -= i64::from(*weight);
                    }
                    let mut sum = 0;
                    for (value, step) in row.iter_mut().zip(steps) {
                        sum += step;
                        *value = unit * sum as f64;
                    }
                }
            }
            Self::Blocks(blocks) => {
                for (hits, row) in blocks.iter().zip(row.chunks_exact_mut(LEVELS / blocks.len())) {
                    let sum: u32 =
                        hits.iter().zip(weights).map(|(hit, weight)| u32::from(*hit) * weight).sum();
                    row.fill(unit * f64::from(sum));
                }
            }
        }
    }
}

/// Mean over parts of the largest accuracy.
pub fn maximum(row: &[f64], parts: usize) -> f64 {
    let sum: f64 = row.chunks_exact(LEVELS).map(|part| part.iter().copied().fold(f64::MIN, f64::max)).sum();
    sum / parts as f64
}

//! Simulated scores of images: hits and misses of several methods under several training runs.

use camlab_base::random;
use rand::Rng;

/// Population that scores are drawn from.
#[derive(Debug, Clone)]
pub struct Population {
    pub images: usize,
    pub seeds: usize,
    /// True accuracies of the methods less the first rate, in points.
    pub gaps: Vec<f64>,
    /// Standard deviation over training runs of the true difference of two methods, in points.
    pub seed_deviation: f64,
    /// Probability that the outcome of an image is the same in every training run but for the run's accuracy.
    pub image_effect: f64,
    /// Probability that two methods have the same luck with an image.
    pub shared: f64,
    /// Accuracies at one or several IoU thresholds, 0 to 1; a score is the share of thresholds reached, per cent.
    pub rates: Vec<f64>,
}

impl Population {
    /// Two equal methods that find 60 of 100 objects; 14 of 100 images differ in a training run.
    pub fn pair(images: usize, seeds: usize, seed_deviation: f64, image_effect: f64) -> Self {
        let gaps = vec![0.0, 0.0];
        Self { images, seeds, gaps, seed_deviation, image_effect, shared: 0.7, rates: vec![0.6] }
    }

    /// Scores[method][seed][image] of a replicate.
    pub fn draw(&self, replicate: u64) -> Vec<Vec<Vec<f64>>> {
        let mut random = random::stream(replicate, "simulation");
        let methods = self.gaps.len();
        let spread = self.seed_deviation / std::f64::consts::SQRT_2;
        let runs: Vec<Vec<f64>> = self
            .gaps
            .iter()
            .map(|gap| (0..self.seeds).map(|_| (gap + spread * normal(&mut random)) / 100.0).collect())
            .collect();
        let mut scores = vec![vec![vec![0.0; self.images]; self.seeds]; methods];
        let mut lasting = vec![0.0; methods];
        let mut fresh = vec![0.0; methods];
        for image in 0..self.images {
            self.luck(&mut random, &mut lasting);
            for seed in 0..self.seeds {
                let lasts = uniform(&mut random) < self.image_effect;
                if !lasts {
                    self.luck(&mut random, &mut fresh);
                }
                let luck = if lasts { &lasting } else { &fresh };
                for (method, scores) in scores.iter_mut().enumerate() {
                    let run = runs[method][seed];
                    let reached = self.rates.iter().filter(|rate| luck[method] < **rate + run).count();
                    scores[seed][image] = 100.0 * reached as f64 / self.rates.len() as f64;
                }
            }
        }
        scores
    }

    fn luck(&self, random: &mut impl Rng, luck: &mut [f64]) {
        let common = uniform(random);
        for luck in luck {
            *luck = if uniform(random) < self.shared.sqrt() { common } else { uniform(random) };
        }
    }
}

/// Uniform in [0, 1).
pub fn uniform(random: &mut impl Rng) -> f64 {
    f64::from(random.next_u32()) / 4_294_967_296.0
}

/// Standard normal, by Box and Muller.
pub fn normal(random: &mut impl Rng) -> f64 {
    let radius = (-2.0 * (1.0 - uniform(random)).ln()).sqrt();
    radius * (2.0 * std::f64::consts::PI * uniform(random)).cos()
}

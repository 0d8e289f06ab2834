//! Resampling with replacement, and quantiles.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;

use super::random::stream;

/// Draws of a bootstrap: how often each of some items is drawn, when as many are drawn with replacement as there are.
#[derive(Debug, Clone)]
pub struct Resamples {
    random: ChaCha8Rng,
    counts: Vec<u32>,
}

impl Resamples {
    /// Draws of `items` items from the random stream `name` of `seed`.
    pub fn new(items: usize, seed: u64, name: &str) -> Self {
        Self { random: stream(seed, name), counts: vec![0; items] }
    }

    /// The next draw: the number of times that each item is drawn.
    pub fn draw(&mut self) -> &[u32] {
        let items = self.counts.len();
        self.counts.fill(0);
        for _ in 0..items {
            let drawn = self.index(items);
            self.counts[drawn] += 1;
        }
        &self.counts
    }

    /// A random index below `count`, which is not 0, from the same stream.
    pub fn index(&mut self, count: usize) -> usize {
        // Multiply-shift: uniform to within count / 2^64.
        ((u128::from(self.random.next_u64()) * count as u128) >> 64) as usize
    }
}

/// Quantile `part` (0 to 1) of ascending values, linear between neighbours (numpy's default); `None` without values.
pub fn quantile<T: Copy + Into<f64>>(sorted: &[T], part: f64) -> Option<f64> {
    let place = part.clamp(0.0, 1.0) * sorted.len().checked_sub(1)? as f64;
    let [low, high] = [place.floor(), place.ceil()].map(|at| sorted[at as usize].into());
    Some(low + (high - low) * place.fract())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_numpys() {
        // numpy.quantile([1, 2, 4, 8], [0, 0.25, 0.5, 0.9, 1])
        let found = [0.0, 0.25, 0.5, 0.9, 1.0].map(|part| quantile(&[1.0f32, 2.0, 4.0, 8.0], part));
        for (found, wanted) in found.iter().zip([1.0, 1.75, 3.0, 6.8, 8.0]) {
            assert!((found.expect("values") - wanted).abs() < 1e-12);
        }
        assert_eq!(quantile::<f64>(&[], 0.5), None);
    }

    /// Counts of one item are binomial: mean 1, variance 1 - 1 / n.
    #[test]
    fn draws_are_multinomial() {
        let (items, rounds) = (50, 4000);
        let mut resamples = Resamples::new(items, 3, "test");
        let (mut sum, mut squares) = (vec![0.0; items], 0.0);
        for _ in 0..rounds {
            let counts = resamples.draw();
            assert_eq!(counts.iter().sum::<u32>() as usize, items);
            for (sum, count) in sum.iter_mut().zip(counts) {
                *sum += f64::from(*count);
                squares += (f64::from(*count) - 1.0).powi(2);
            }
        }
        assert!(sum.iter().all(|sum| (sum / f64::from(rounds) - 1.0).abs() < 0.08));
        let variance = squares / f64::from(rounds) / items as f64;
        assert!((variance - (1.0 - 1.0 / items as f64)).abs() < 0.02, "{variance}");
    }
}

//! Initialisation of k-means.

use rand::{Rng, RngExt as _};
use rayon::prelude::*;

use super::points::{Points, distance};

/// Points measured per task.
const CHUNK: usize = 512;

/// k-means++ (Arthur and Vassilvitskii 2007): every further centre is drawn with a probability proportional to the
/// squared distance to the nearest centre so far. Of `2 + ln k` draws the one with the lowest inertia is kept, as in
/// scikit-learn. The centres in `given` come first.
pub(super) fn plus_plus(points: &Points, k: usize, given: Points, rng: &mut impl Rng) -> Points {
    let count = points.count();
    let mut centres = given;
    let mut closest = vec![f64::INFINITY; count];
    if centres.count() == 0 && k > 0 && count > 0 {
        centres.push(points.row(rng.random_range(0..count)));
    }
    for centre in centres.rows() {
        closest = closer(points, centre, &closest);
    }
    let trials = 2 + (k.max(1) as f64).ln() as usize;
    while centres.count() < k && count > 0 {
        let total: f64 = closest.iter().sum();
        let mut best: Option<(f64, usize, Vec<f64>)> = None;
        for _ in 0..trials {
            let chosen = draw(&closest, total, rng);
            let left = closer(points, points.row(chosen), &closest);
            let inertia: f64 = left.iter().sum();
            if best.as_ref().is_none_or(|(least, ..)| inertia < *least) {
                best = Some((inertia, chosen, left));
            }
        }
        let Some((_, chosen, left)) = best else { break };
        centres.push(points.row(chosen));
        closest = left;
    }
    centres
}

/// Random index with a probability proportional to its weight; uniform where all weights are 0.
fn draw(weights: &[f64], total: f64, rng: &mut impl Rng) -> usize {
    let last = weights.len() - 1;
    if total.is_nan() || total <= 0.0 {
        return rng.random_range(0..weights.len());
    }
    let mut left = rng.random::<f64>() * total;
    for (index, weight) in weights.iter().enumerate() {
        left -= weight;
        if left < 0.0 {
            return index;
        }
    }
    last
}

/// Squared distances to the nearest centre after `centre` is added.
fn closer(points: &Points, centre: &[f32], closest: &[f64]) -> Vec<f64> {
    let mut now = closest.to_vec();
    now.par_chunks_mut(CHUNK).enumerate().for_each(|(chunk, now)| {
        for (at, least) in now.iter_mut().enumerate() {
            *least = least.min(distance(points.row(chunk * CHUNK + at), centre));
        }
    });
    now
}

//! Mini-batch k-means, for more points than full Lloyd iterations can process in reasonable time.

use rand::Rng;
use rand::seq::SliceRandom as _;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::lloyd::{Fit, assign};
use super::points::{Points, unit};

/// Options of mini-batch k-means.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct MiniBatch {
    /// Number of pooled pixels above which mini-batches replace full iterations.
    pub above: usize,
    /// Pixels per batch.
    pub size: usize,
    /// Number of passes over all pixels.
    pub passes: usize,
}

impl Default for MiniBatch {
    fn default() -> Self {
        Self { above: 500_000, size: 4096, passes: 5 }
    }
}

/// Sculley's mini-batch k-means (2010, algorithm 1): a centre is the mean of all points assigned to it in any batch
/// so far. Points are shuffled before every pass; those in `kept` stay in their clusters.
pub(super) fn run(
    points: &Points,
    start: Points,
    options: &MiniBatch,
    spherical: bool,
    kept: &[Option<u32>],
    rng: &mut impl Rng,
) -> Fit {
    let mut centres = start;
    let mut seen = vec![0u64; centres.count()];
    let mut order: Vec<usize> = (0..points.count()).collect();
    for _ in 0..options.passes {
        order.shuffle(rng);
        for batch in order.chunks(options.size.max(1)) {
            let fixed: Vec<Option<u32>> = batch.iter().map(|at| kept.get(*at).copied().flatten()).collect();
            let (labels, _) = assign(&points.select(batch), &centres, &fixed);
            take(&mut centres, &mut seen, points, batch, &labels);
        }
        if spherical {
            centres.data.chunks_exact_mut(points.dims).for_each(unit);
        }
    }
    let (labels, distances) = assign(points, &centres, kept);
    Fit { centres, labels, inertia: distances.iter().sum(), iterations: options.passes }
}

/// Moves every centre to the mean of all points assigned to it so far, this batch included.
fn take(centres: &mut Points, seen: &mut [u64], points: &Points, batch: &[usize], labels: &[u32]) {
    let dims = points.dims;
    let mut sums = vec![0.0f64; seen.len() * dims];
    let mut counts = vec![0u64; seen.len()];
    for (at, label) in batch.iter().zip(labels) {
        let cluster = *label as usize;
        counts[cluster] += 1;
        let sums = &mut sums[cluster * dims..][..dims];
        sums.iter_mut().zip(points.row(*at)).for_each(|(sum, value)| *sum += f64::from(*value));
    }
    let clusters = centres.data.chunks_exact_mut(dims).zip(sums.chunks_exact(dims)).zip(seen).zip(counts);
    for (((centre, sums), seen), count) in clusters {
        if count == 0 {
            continue;
        }
        let (before, after) = (*seen as f64, (*seen + count) as f64);
        for (value, sum) in centre.iter_mut().zip(sums) {
            *value = ((f64::from(*value) * before + sum) / after) as f32;
        }
        *seen += count;
    }
}

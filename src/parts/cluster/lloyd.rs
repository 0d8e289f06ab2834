//! Lloyd's iterations: every point is assigned to its nearest centre, every centre moves to the mean of its points.

use rayon::prelude::*;

use super::points::{Points, distance, nearest, unit};

/// Points assigned per task.
const CHUNK: usize = 512;
/// Coordinates summed per task.
const COLUMNS: usize = 16;

/// Result of a k-means run.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// Centres, one per cluster.
    pub centres: Points,
    /// Cluster of every point.
    pub labels: Vec<u32>,
    /// Sum of squared distances of the points to the centres of their clusters.
    pub inertia: f64,
    /// Number of iterations run (mini-batch: passes over all points).
    pub iterations: usize,
}

/// Stopping criteria and constraints of Lloyd's iterations.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules<'a> {
    /// Maximum number of iterations.
    pub iterations: usize,
    /// Convergence threshold: sum of the centres' squared movements, as a fraction of the coordinates' mean variance.
    pub tolerance: f64,
    /// Centres and points have length 1.
    pub spherical: bool,
    /// Fixed cluster of each point, if any; empty, or one entry per point.
    pub kept: &'a [Option<u32>],
}

/// Lloyd's algorithm (1982) from given centres, as in scikit-learn: it stops when no point changes its cluster or the
/// centres have converged; an empty cluster takes the point that is farthest from its own centre.
pub(super) fn run(points: &Points, start: Points, rules: Rules<'_>) -> Fit {
    let settled = rules.tolerance * mean_variance(points);
    let mut centres = start;
    let mut labels = Vec::new();
    let mut iterations = 0;
    while iterations < rules.iterations {
        iterations += 1;
        let (mut now, distances) = assign(points, &centres, rules.kept);
        if now == labels {
            break;
        }
        fill_empty(&mut now, distances, centres.count(), rules.kept);
        let moved = means(points, &now, &centres, rules.spherical);
        let shift: f64 = moved.rows().zip(centres.rows()).map(|(a, b)| distance(a, b)).sum();
        (centres, labels) = (moved, now);
        if shift <= settled {
            break;
        }
    }
    let (labels, distances) = assign(points, &centres, rules.kept);
    Fit { centres, labels, inertia: distances.iter().sum(), iterations }
}

/// Spherical k-means from given centres, all of length 1 as the points are: the cluster of every point.
pub(crate) fn spherical(points: &Points, start: Points, iterations: usize) -> Vec<u32> {
    run(points, start, Rules { iterations, tolerance: 0.0, spherical: true, kept: &[] }).labels
}

/// Cluster of every point, and its squared distance to the centre.
pub(super) fn assign(points: &Points, centres: &Points, kept: &[Option<u32>]) -> (Vec<u32>, Vec<f64>) {
    let mut labels = vec![0; points.count()];
    let mut distances = vec![0.0; points.count()];
    labels.par_chunks_mut(CHUNK).zip(distances.par_chunks_mut(CHUNK)).enumerate().for_each(
        |(chunk, (labels, distances))| {
            for (at, (label, far)) in labels.iter_mut().zip(distances).enumerate() {
                let index = chunk * CHUNK + at;
                let point = points.row(index);
                (*label, *far) = match kept.get(index).copied().flatten() {
                    Some(cluster) => (cluster, distance(point, centres.row(cluster as usize))),
                    None => nearest(point, centres),
                };
            }
        },
    );
    (labels, distances)
}

/// Gives every empty cluster the farthest point among those that may move.
fn fill_empty(labels: &mut [u32], mut distances: Vec<f64>, clusters: usize, kept: &[Option<u32>]) {
    let mut sizes = vec![0usize; clusters];
    labels.iter().for_each(|label| sizes[*label as usize] += 1);
    for cluster in 0..clusters {
        if sizes[cluster] > 0 {
            continue;
        }
        let free = |at: &usize| {
            distances[*at] > 0.0
                && sizes[labels[*at] as usize] > 1
                && kept.get(*at).is_none_or(Option::is_none)
        };
        // On a tie, the lower index.
        let farthest = (0..labels.len())
            .filter(free)
            .max_by(|a, b| distances[*a].total_cmp(&distances[*b]).then(b.cmp(a)));
        if let Some(at) = farthest {
            sizes[labels[at] as usize] -= 1;
            (labels[at], sizes[cluster], distances[at]) = (cluster as u32, 1, 0.0);
        }
    }
}

/// Mean of every cluster's points; an empty cluster keeps its centre.
fn means(points: &Points, labels: &[u32], before: &Points, spherical: bool) -> Points {
    let (dims, clusters) = (points.dims, before.count());
    let mut sizes = vec![0usize; clusters];
    labels.iter().for_each(|label| sizes[*label as usize] += 1);
    // Every task sums some coordinates over all points, so that the summation order does not depend on the threads.
    let columns: Vec<Vec<f64>> = (0..dims.div_ceil(COLUMNS))
        .into_par_iter()
        .map(|block| {
            let first = block * COLUMNS;
            let wide = COLUMNS.min(dims - first);
            let mut sums = vec![0.0; clusters * wide];
            for (row, label) in points.rows().zip(labels) {
                let sums = &mut sums[*label as usize * wide..][..wide];
                sums.iter_mut().zip(&row[first..]).for_each(|(sum, value)| *sum += f64::from(*value));
            }
            sums
        })
        .collect();
    let mut centres = before.clone();
    for (cluster, centre) in centres.data.chunks_exact_mut(dims).enumerate() {
        if sizes[cluster] == 0 {
            continue;
        }
        for (values, sums) in centre.chunks_mut(COLUMNS).zip(&columns) {
            let sums = &sums[cluster * values.len()..][..values.len()];
            let size = sizes[cluster] as f64;
            values.iter_mut().zip(sums).for_each(|(value, sum)| *value = (sum / size) as f32);
        }
        if spherical {
            unit(centre);
        }
    }
    centres
}

/// Variance of the coordinates, averaged over them.
fn mean_variance(points: &Points) -> f64 {
    let (dims, count) = (points.dims, points.count().max(1) as f64);
    let mut sums = vec![[0.0f64; 2]; dims];
    for row in points.rows() {
        for ([sum, squares], value) in sums.iter_mut().zip(row) {
            let value = f64::from(*value);
            (*sum, *squares) = (*sum + value, *squares + value * value);
        }
    }
    let variance = |[sum, squares]: &[f64; 2]| (squares / count - (sum / count).powi(2)).max(0.0);
    sums.iter().map(variance).sum::<f64>() / dims as f64
}

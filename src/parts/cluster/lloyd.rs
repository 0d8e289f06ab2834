//! Lloyd's iterations: every point to its nearest centre, every centre to the mean of its points.

use rayon::prelude::*;

use super::points::{Points, distance, nearest, unit};

/// Points that one task assigns.
const CHUNK: usize = 512;
/// Coordinates that one task adds up.
const COLUMNS: usize = 16;

/// What k-means found.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// One per cluster.
    pub centres: Points,
    /// The cluster of every point.
    pub labels: Vec<u32>,
    /// Sum of squared distances of the points to the centres of their clusters.
    pub inertia: f64,
    /// Iterations until nothing moved, or until they were used up.
    pub iterations: usize,
}

/// When the iterations end, and what they must keep.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules<'a> {
    /// At most so many.
    pub iterations: usize,
    /// Centres that move less (sum of squares, as a share of the coordinates' mean variance) have settled.
    pub tolerance: f64,
    /// Centres and points lie on the sphere.
    pub spherical: bool,
    /// Clusters that points keep; empty, or one per point.
    pub kept: &'a [Option<u32>],
}

/// Lloyd's algorithm (1982) from given centres, as scikit-learn runs it: it ends when no point changes its cluster or
/// the centres have settled, and a cluster without points takes the point that is farthest from its own centre.
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

/// The cluster of every point and its squared distance from the centre.
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

/// Gives every cluster without points the farthest point of those that may move.
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
        // The first of the farthest.
        let farthest = (0..labels.len())
            .filter(free)
            .max_by(|a, b| distances[*a].total_cmp(&distances[*b]).then(b.cmp(a)));
        if let Some(at) = farthest {
            sizes[labels[at] as usize] -= 1;
            (labels[at], sizes[cluster], distances[at]) = (cluster as u32, 1, 0.0);
        }
    }
}

/// The mean of every cluster's points; a cluster without any keeps its centre.
fn means(points: &Points, labels: &[u32], before: &Points, spherical: bool) -> Points {
    let (dims, clusters) = (points.dims, before.count());
    let mut sizes = vec![0usize; clusters];
    labels.iter().for_each(|label| sizes[*label as usize] += 1);
    // Every task adds some coordinates of all points, so that the order of the sums depends on nothing.
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

/// The mean over the coordinates of their variances.
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

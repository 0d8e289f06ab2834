//! Fitted clusters, and the assignment of further pixels to them.

use rayon::prelude::*;

use super::points::{Points, distance, near, nearest};
use super::{Fit, Pca, SubMaps};

/// Pixels assigned per task.
const CHUNK: usize = 64;

/// Fitted clusters: everything needed to assign a pixel.
#[derive(Debug, Clone, PartialEq)]
pub struct Clusters {
    /// Projection applied to pixel vectors first.
    pub reduce: Option<Pca>,
    /// `true` if pixel vectors are then scaled to length 1.
    pub spherical: bool,
    /// Rule that assigns a pixel to a cluster.
    pub rule: AssignmentRule,
    /// Root mean square distance of the pixels from their centres, the unit of soft memberships; 0 without centres.
    pub spread: f64,
    /// Label that a cluster was started from, if any, one entry per cluster.
    pub labels: Vec<Option<u32>>,
}

/// Rule that assigns a pixel to a cluster.
#[derive(Debug, Clone, PartialEq)]
pub enum AssignmentRule {
    /// The nearest centre.
    Centres(Points),
    /// The mean over the nearest pixels of a graph.
    Graph {
        /// Pixels of the graph.
        sample: Points,
        /// Their shares of the clusters, `[pixels, clusters]`.
        shares: Vec<f32>,
        /// Number of nearest pixels that are averaged.
        neighbours: usize,
    },
}

/// Result of a clustering.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Fitted clusters.
    pub clusters: Clusters,
    /// Cluster of every pooled pixel.
    pub labels: Vec<u32>,
    /// Sum of squared distances from the centres, over the pooled pixels; `None` without centres.
    pub inertia: Option<f64>,
    /// Inertia of every restart.
    pub inertias: Vec<f64>,
    /// Number of iterations of the restart that was kept.
    pub iterations: usize,
}

impl Found {
    /// Result of a clustering around centres, from the fit that was kept, the inertia of every restart and the label
    /// that each cluster was started from. `reduce` and `spherical` were applied to the pool.
    pub(super) fn around(
        fit: Fit,
        inertias: Vec<f64>,
        labels: Vec<Option<u32>>,
        reduce: Option<Pca>,
        spherical: bool,
    ) -> Self {
        let Fit { centres, labels: of_pixels, inertia, iterations } = fit;
        let clusters = Clusters {
            reduce,
            spherical,
            rule: AssignmentRule::Centres(centres),
            spread: (inertia / of_pixels.len().max(1) as f64).sqrt(),
            labels,
        };
        Self { clusters, labels: of_pixels, inertia: Some(inertia), inertias, iterations }
    }
}

impl Clusters {
    /// Number of clusters.
    pub fn count(&self) -> usize {
        self.labels.len()
    }

    /// Pixel vectors after the clusters' projection and scaling.
    pub fn seen(&self, points: &Points) -> Points {
        let mut seen = match &self.reduce {
            Some(pca) => pca.project(points),
            None => points.clone(),
        };
        if self.spherical {
            seen.to_unit_length();
        }
        seen
    }

    /// Cluster of every pixel; `seen` is the output of [`Self::seen`].
    pub fn nearest(&self, seen: &Points) -> Vec<u32> {
        seen.data
            .par_chunks(CHUNK * seen.dims)
            .flat_map_iter(|rows| rows.chunks_exact(seen.dims).map(|row| self.cluster_of(row)))
            .collect()
    }

    /// Degree to which every pixel belongs to every cluster, `[pixels, clusters]`; a pixel's numbers sum to 1.
    pub fn memberships(&self, seen: &Points, how: &SubMaps) -> Vec<f32> {
        let kind = how.kind();
        seen.data
            .par_chunks(CHUNK * seen.dims)
            .flat_map_iter(|rows| rows.chunks_exact(seen.dims).flat_map(|row| kind.memberships(self, row)))
            .collect()
    }

    /// Cluster of a pixel.
    pub(super) fn cluster_of(&self, row: &[f32]) -> u32 {
        match &self.rule {
            AssignmentRule::Centres(centres) => nearest(row, centres).0,
            AssignmentRule::Graph { sample, shares, neighbours } => {
                largest(&self.averaged(sample, shares, *neighbours, row))
            }
        }
    }

    /// Shares of a pixel in all clusters: for centres the softmax of minus the distances over `temperature` times the
    /// spread, for a graph the shares of the nearest pixels.
    pub(super) fn shares(&self, row: &[f32], temperature: f64) -> Vec<f32> {
        match &self.rule {
            AssignmentRule::Centres(centres) => soft(row, centres, temperature * self.spread),
            AssignmentRule::Graph { sample, shares, neighbours } => {
                self.averaged(sample, shares, *neighbours, row)
            }
        }
    }

    /// Label shares of a pixel: the mean over its nearest pixels of the graph.
    fn averaged(&self, sample: &Points, shares: &[f32], neighbours: usize, row: &[f32]) -> Vec<f32> {
        let k = self.count();
        let near = near(sample, row, neighbours);
        let mut sums = vec![0.0f64; k];
        for at in &near {
            let shares = &shares[*at as usize * k..][..k];
            sums.iter_mut().zip(shares).for_each(|(sum, share)| *sum += f64::from(*share));
        }
        sums.into_iter().map(|sum| (sum / near.len().max(1) as f64) as f32).collect()
    }
}

/// Softmax over the centres of minus the distance over `scale`; all weight on the nearest where `scale` is 0.
fn soft(row: &[f32], centres: &Points, scale: f64) -> Vec<f32> {
    let far: Vec<f64> = centres.rows().map(|centre| distance(row, centre).sqrt()).collect();
    let least = far.iter().copied().fold(f64::INFINITY, f64::min);
    let weights: Vec<f64> = far
        .iter()
        .map(
            |far| {
                if scale > 0.0 { ((least - far) / scale).exp() } else { f64::from(u8::from(*far == least)) }
            },
        )
        .collect();
    let total: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| (weight / total) as f32).collect()
}

/// Index of the largest number, the first on a tie.
fn largest(values: &[f32]) -> u32 {
    let mut best = 0;
    for (at, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = at;
        }
    }
    best as u32
}

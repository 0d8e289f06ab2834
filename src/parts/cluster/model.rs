//! Fitted clusters, and the assignment of further pixels to them.

use rayon::prelude::*;

use super::label_propagation::near;
use super::points::{Points, distance, nearest};
use super::{ClusterError, ClusterInput, ClusterSpec, Fit, Pca, Soft, SubMaps};

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

impl ClusterSpec {
    /// Clusters a pool of pixels that is already reduced (by `reduce`) and, for spherical clustering, scaled to
    /// length 1.
    ///
    /// # Errors
    /// [`ClusterError`] when there are too few pixels, no known label, or more labels than clusters.
    pub fn find(&self, pool: ClusterInput<'_>, reduce: Option<Pca>) -> Result<Found, ClusterError> {
        let around = |fit: Fit, inertias: Vec<f64>, labels: Vec<Option<u32>>| {
            let Fit { centres, labels: of_pixels, inertia, iterations } = fit;
            let clusters = Clusters {
                reduce: reduce.clone(),
                spherical: self.spherical(),
                rule: AssignmentRule::Centres(centres),
                spread: (inertia / of_pixels.len().max(1) as f64).sqrt(),
                labels,
            };
            Found { clusters, labels: of_pixels, inertia: Some(inertia), inertias, iterations }
        };
        match self {
            Self::KMeans(options) => {
                let (fit, inertias) = options.fit(pool)?;
                Ok(around(fit, inertias, vec![None; options.k]))
            }
            Self::SeededKMeans(options) => {
                let (fit, inertias, labels) = options.fit(pool)?;
                let mut labels: Vec<_> = labels.into_iter().map(Some).collect();
                labels.resize(options.k, None);
                Ok(around(fit, inertias, labels))
            }
            Self::LabelPropagation(options) => {
                let spread = options.fit(pool)?;
                let clusters = Clusters {
                    reduce,
                    spherical: false,
                    rule: AssignmentRule::Graph {
                        sample: spread.sample,
                        shares: spread.shares,
                        neighbours: options.neighbours,
                    },
                    spread: 0.0,
                    labels: spread.labels.into_iter().map(Some).collect(),
                };
                let labels = clusters.nearest(pool.points);
                let iterations = spread.iterations;
                Ok(Found { clusters, labels, inertia: None, inertias: Vec::new(), iterations })
            }
        }
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
        let k = self.count();
        let label = |row: &[f32]| match &self.rule {
            AssignmentRule::Centres(centres) => nearest(row, centres).0,
            AssignmentRule::Graph { .. } => largest(&self.shares(row, k)),
        };
        seen.data
            .par_chunks(CHUNK * seen.dims)
            .flat_map_iter(|rows| rows.chunks_exact(seen.dims).map(label))
            .collect()
    }

    /// Degree to which every pixel belongs to every cluster, `[pixels, clusters]`; a pixel's numbers sum to 1.
    pub fn memberships(&self, seen: &Points, how: &SubMaps) -> Vec<f32> {
        let k = self.count();
        let hard = |label: u32| (0..k as u32).map(|at| f32::from(u8::from(at == label))).collect::<Vec<_>>();
        let row = |row: &[f32]| match (&self.rule, how) {
            (AssignmentRule::Centres(centres), SubMaps::Hard(_)) => hard(nearest(row, centres).0),
            (AssignmentRule::Centres(centres), SubMaps::Soft(Soft { temperature })) => {
                soft(row, centres, temperature * self.spread)
            }
            (AssignmentRule::Graph { .. }, SubMaps::Hard(_)) => hard(largest(&self.shares(row, k))),
            (AssignmentRule::Graph { .. }, SubMaps::Soft(_)) => self.shares(row, k),
        };
        seen.data
            .par_chunks(CHUNK * seen.dims)
            .flat_map_iter(|rows| rows.chunks_exact(seen.dims).flat_map(row))
            .collect()
    }

    /// Label shares of a pixel: the mean over its nearest pixels of the graph.
    fn shares(&self, row: &[f32], k: usize) -> Vec<f32> {
        let AssignmentRule::Graph { sample, shares, neighbours } = &self.rule else { return vec![0.0; k] };
        let near = near(sample, row, *neighbours);
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

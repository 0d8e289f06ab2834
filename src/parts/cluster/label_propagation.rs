use rand::seq::SliceRandom as _;
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::points::{Points, distance, near};
use super::seeds::groups;
use super::{
    AssignmentRule, ClusterError, ClusterFault, ClusterInput, Clustering, Clusters, Found, Labelled, Pca,
    Reduce, SubMaps,
};
use camlab_base::random::stream;

/// Label propagation: labels of a few pixels are spread over a graph of similar pixels.
///
/// `spreading` is local and global consistency (Zhou et al. 2004): `F <- alpha S F + (1 - alpha) Y`, with
/// `S = D^-1/2 W D^-1/2` and `W` without a diagonal; a seed's label may change. `propagation` is Zhu and Ghahramani's
/// method (2002): `F <- D^-1 W F`, with the seeds reset after every iteration. Both follow scikit-learn, except that
/// its nearest-neighbour graph is not symmetric; here two pixels are joined when either is among the other's nearest.
///
/// The clusters are the labels: one per known class, and the background. Every pixel is then assigned by the mean
/// label shares of its `neighbours` nearest pixels of the graph.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct LabelPropagation {
    /// Selection of the pixels with known labels.
    pub labelled: Labelled,
    /// Update rule.
    pub rule: Spread,
    /// Edge weights of the graph.
    pub kernel: EdgeSimilarity,
    /// Number of nearest pixels: those joined by the kernel `neighbours`, and those averaged to assign a pixel.
    pub neighbours: usize,
    /// For `spreading`: fraction of a label that comes from the neighbours, above 0 and below 1.
    pub alpha: f64,
    /// Maximum number of iterations.
    pub iterations: usize,
    /// Convergence threshold: sum of the absolute changes of all label shares in one iteration.
    pub tolerance: f64,
    /// Number of pixels of the graph, drawn from all images; at most half are seeds, unless other pixels run out.
    pub pixels: usize,
    /// As in `k-means`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reduce: Option<Reduce>,
    /// As in `k-means`; soft sub-maps are the label shares.
    pub sub_maps: SubMaps,
}

/// Update rule of label propagation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Spread {
    /// `F <- alpha S F + (1 - alpha) Y` (Zhou et al. 2004).
    #[default]
    Spreading,
    /// `F <- D^-1 W F` with fixed seeds (Zhu and Ghahramani 2002).
    Propagation,
}

/// Weight of an edge of the graph.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EdgeSimilarity {
    /// 1 between nearest neighbours, else 0.
    #[default]
    Neighbours,
    /// `exp(-gamma d^2)` between all pairs of pixels; the value is gamma.
    Rbf(f64),
}

impl Default for LabelPropagation {
    fn default() -> Self {
        Self {
            labelled: Labelled::default(),
            rule: Spread::default(),
            kernel: EdgeSimilarity::default(),
            neighbours: 10,
            alpha: 0.8,
            iterations: 200,
            tolerance: 1e-3,
            pixels: 2000,
            reduce: None,
            sub_maps: SubMaps::default(),
        }
    }
}

impl Clustering for LabelPropagation {
    fn sub_maps(&self) -> &SubMaps {
        &self.sub_maps
    }

    fn reduce(&self) -> Option<&Reduce> {
        self.reduce.as_ref()
    }

    fn labelled(&self) -> Option<&Labelled> {
        Some(&self.labelled)
    }

    fn check(&self) -> Result<(), ClusterFault> {
        let fail = |key: &str, message: String| Err((key.to_owned(), message));
        if !(self.alpha > 0.0 && self.alpha < 1.0) {
            let alpha = self.alpha;
            return fail(
                "alpha",
                format!("`alpha` = {alpha} is out of range; use a number between 0 and 1, such as 0.8"),
            );
        }
        if self.neighbours == 0 || self.pixels < 2 || self.iterations == 0 {
            return fail(
                "neighbours",
                "`neighbours`, `pixels` or `iterations` is too small; use at least 1, 2 and 1".into(),
            );
        }
        if let EdgeSimilarity::Rbf(gamma) = self.kernel
            && !(gamma > 0.0 && gamma.is_finite())
        {
            return fail("kernel", format!("`rbf` = {gamma} is out of range; use a positive number"));
        }
        Ok(())
    }

    fn find(&self, pool: ClusterInput<'_>, reduce: Option<Pca>) -> Result<Found, ClusterError> {
        let SpreadLabels { sample, shares, labels, iterations } = self.fit(pool)?;
        let clusters = Clusters {
            reduce,
            spherical: false,
            rule: AssignmentRule::Graph { sample, shares, neighbours: self.neighbours },
            spread: 0.0,
            labels: labels.into_iter().map(Some).collect(),
        };
        let labels = clusters.nearest(pool.points);
        Ok(Found { clusters, labels, inertia: None, inertias: Vec::new(), iterations })
    }
}

/// Pixels of the graph with their label shares.
#[derive(Debug, Clone, PartialEq)]
pub struct SpreadLabels {
    /// Pixels of the graph.
    pub sample: Points,
    /// Label shares of each pixel, `[pixels, labels]`; a pixel's shares sum to 1.
    pub shares: Vec<f32>,
    /// The labels, ascending.
    pub labels: Vec<u32>,
    /// Number of iterations run.
    pub iterations: usize,
}

impl LabelPropagation {
    /// Draws the graph's pixels and spreads the labels.
    ///
    /// # Errors
    /// [`ClusterError::NoSeeds`] when no label is known.
    pub fn fit(&self, pool: ClusterInput<'_>) -> Result<SpreadLabels, ClusterError> {
        let mut rng = stream(pool.seed, "cluster/label-propagation");
        let (mut known, mut others): (Vec<usize>, Vec<usize>) =
            (0..pool.points.count()).partition(|at| pool.seeds.get(*at).copied().flatten().is_some());
        if known.is_empty() {
            return Err(ClusterError::NoSeeds);
        }
        known.shuffle(&mut rng);
        others.shuffle(&mut rng);
        let room = self.pixels.max(2);
        known.truncate(known.len().min((room / 2).max(room.saturating_sub(others.len()))));
        others.truncate(room - known.len());
        let mut chosen = [known, others].concat();
        chosen.sort_unstable();
        let seeds: Vec<Option<u32>> = chosen.iter().map(|at| pool.seeds[*at]).collect();
        self.spread(pool.points.select(&chosen), &seeds)
    }

    /// Spreads the labels in `seeds` over all points of `sample`.
    ///
    /// # Errors
    /// [`ClusterError::NoSeeds`] when no label is known.
    pub fn spread(&self, sample: Points, seeds: &[Option<u32>]) -> Result<SpreadLabels, ClusterError> {
        let labels: Vec<u32> = groups(seeds).into_iter().map(|(label, _)| label).collect();
        if labels.is_empty() {
            return Err(ClusterError::NoSeeds);
        }
        let k = labels.len();
        let mut first = vec![0.0f64; seeds.len() * k];
        for (at, seed) in seeds.iter().enumerate() {
            if let Some(place) = seed.and_then(|seed| labels.binary_search(&seed).ok()) {
                first[at * k + place] = 1.0;
            }
        }
        let graph = self.normalised(self.graph(&sample));
        let mut shares = first.clone();
        let mut iterations = 0;
        while iterations < self.iterations {
            iterations += 1;
            let mut next: Vec<f64> = graph
                .par_iter()
                .flat_map_iter(|row| {
                    let mut sum = vec![0.0; k];
                    for (other, weight) in row {
                        let shares = &shares[*other as usize * k..][..k];
                        sum.iter_mut().zip(shares).for_each(|(sum, share)| *sum += weight * share);
                    }
                    sum
                })
                .collect();
            match self.rule {
                Spread::Spreading => next
                    .iter_mut()
                    .zip(&first)
                    .for_each(|(next, first)| *next = self.alpha * *next + (1.0 - self.alpha) * first),
                Spread::Propagation => {
                    next.chunks_exact_mut(k).for_each(to_one);
                    for (at, _) in seeds.iter().enumerate().filter(|(_, seed)| seed.is_some()) {
                        next[at * k..][..k].copy_from_slice(&first[at * k..][..k]);
                    }
                }
            }
            let change: f64 = next.iter().zip(&shares).map(|(a, b)| (a - b).abs()).sum();
            shares = next;
            if change < self.tolerance {
                break;
            }
        }
        shares.chunks_exact_mut(k).for_each(to_one);
        // A pixel that no label reaches gets equal shares.
        for row in shares.chunks_exact_mut(k) {
            if row.iter().all(|share| *share == 0.0) {
                row.fill(1.0 / k as f64);
            }
        }
        let shares = shares.into_iter().map(|share| share as f32).collect();
        Ok(SpreadLabels { sample, shares, labels, iterations })
    }

    /// Edge weights of the graph, one row per pixel; every pixel is joined to itself with weight 1.
    fn graph(&self, sample: &Points) -> Vec<Vec<(u32, f64)>> {
        let count = sample.count();
        match self.kernel {
            EdgeSimilarity::Rbf(gamma) => (0..count)
                .into_par_iter()
                .map(|a| {
                    let weight = |b: usize| (-gamma * distance(sample.row(a), sample.row(b))).exp();
                    (0..count).map(|b| (b as u32, weight(b))).collect()
                })
                .collect(),
            EdgeSimilarity::Neighbours => {
                let mut joined: Vec<Vec<u32>> = (0..count)
                    .into_par_iter()
                    .map(|at| near(sample, sample.row(at), self.neighbours))
                    .collect();
                for at in 0..count {
                    for other in joined[at].clone() {
                        if !joined[other as usize].contains(&(at as u32)) {
                            joined[other as usize].push(at as u32);
                        }
                    }
                }
                let row = |(at, mut row): (usize, Vec<u32>)| {
                    row.push(at as u32);
                    row.sort_unstable();
                    row.dedup();
                    row.into_iter().map(|other| (other, 1.0)).collect()
                };
                joined.into_iter().enumerate().map(row).collect()
            }
        }
    }

    fn normalised(&self, mut graph: Vec<Vec<(u32, f64)>>) -> Vec<Vec<(u32, f64)>> {
        if self.rule == Spread::Spreading {
            graph.iter_mut().enumerate().for_each(|(at, row)| row.retain(|(other, _)| *other as usize != at));
        }
        let degrees: Vec<f64> = graph.iter().map(|row| row.iter().map(|(_, weight)| weight).sum()).collect();
        for (at, row) in graph.iter_mut().enumerate() {
            for (other, weight) in row {
                let by = match self.rule {
                    Spread::Spreading => (degrees[at] * degrees[*other as usize]).sqrt(),
                    Spread::Propagation => degrees[at],
                };
                *weight = if by > 0.0 { *weight / by } else { 0.0 };
            }
        }
        graph
    }
}

/// Scales shares to sum to 1, unless all are 0.
fn to_one(row: &mut [f64]) {
    let total: f64 = row.iter().sum();
    if total > 0.0 {
        row.iter_mut().for_each(|share| *share /= total);
    }
}

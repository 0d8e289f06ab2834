use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::lloyd::Fit;
use super::points::Points;
use super::seeds::groups;
use super::{
    ClusterError, ClusterFault, ClusterInput, Clustering, Found, KMeans, Labelled, MiniBatch, Pca, Reduce,
    SubMaps,
};

/// Seeded k-means (Basu, Banerjee and Mooney 2002): the first centres are the means of pixels with a known label, one
/// per label; the others come from k-means++.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct SeededKMeans {
    /// Number of clusters, at least the number of known labels.
    pub k: usize,
    /// Selection of the pixels with known labels.
    pub labelled: Labelled,
    /// Keep seeds in their cluster through all iterations (the paper's constrained k-means).
    pub constrained: bool,
    /// As in `k-means`.
    pub restarts: usize,
    /// As in `k-means`.
    pub iterations: usize,
    /// As in `k-means`.
    pub tolerance: f64,
    /// As in `k-means`.
    pub spherical: bool,
    /// As in `k-means`.
    pub mini_batch: MiniBatch,
    /// As in `k-means`; seeds always take part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pixels: Option<usize>,
    /// As in `k-means`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reduce: Option<Reduce>,
    /// As in `k-means`.
    pub sub_maps: SubMaps,
}

impl Default for SeededKMeans {
    fn default() -> Self {
        let KMeans { k, restarts, iterations, tolerance, spherical, mini_batch, pixels, reduce, sub_maps } =
            KMeans::default();
        Self {
            k,
            labelled: Labelled::default(),
            constrained: false,
            restarts,
            iterations,
            tolerance,
            spherical,
            mini_batch,
            pixels,
            reduce,
            sub_maps,
        }
    }
}

impl Clustering for SeededKMeans {
    fn sub_maps(&self) -> &SubMaps {
        &self.sub_maps
    }

    fn reduce(&self) -> Option<&Reduce> {
        self.reduce.as_ref()
    }

    fn k(&self) -> Option<usize> {
        Some(self.k)
    }

    fn pixels(&self) -> Option<usize> {
        self.pixels
    }

    fn labelled(&self) -> Option<&Labelled> {
        Some(&self.labelled)
    }

    fn spherical(&self) -> bool {
        self.spherical
    }

    fn check(&self) -> Result<(), ClusterFault> {
        self.plain().check()
    }

    fn find(&self, pool: ClusterInput<'_>, reduce: Option<Pca>) -> Result<Found, ClusterError> {
        let (fit, inertias, labels) = self.fit(pool)?;
        let mut labels: Vec<_> = labels.into_iter().map(Some).collect();
        labels.resize(self.k, None);
        Ok(Found::around(fit, inertias, labels, reduce, self.spherical))
    }
}

impl SeededKMeans {
    /// The same options without seeds, as plain k-means.
    pub fn plain(&self) -> KMeans {
        KMeans {
            k: self.k,
            restarts: self.restarts,
            iterations: self.iterations,
            tolerance: self.tolerance,
            spherical: self.spherical,
            mini_batch: self.mini_batch.clone(),
            pixels: self.pixels,
            reduce: self.reduce.clone(),
            sub_maps: self.sub_maps.clone(),
        }
    }

    /// Best fit of all restarts, the inertia of each, and the label that each of the first clusters was started from.
    ///
    /// # Errors
    /// [`ClusterError`] without a seed, with more labels than clusters, or with fewer points than clusters.
    pub fn fit(&self, pool: ClusterInput<'_>) -> Result<(Fit, Vec<f64>, Vec<u32>), ClusterError> {
        let groups = groups(pool.seeds);
        if groups.is_empty() {
            return Err(ClusterError::NoSeeds);
        }
        if groups.len() > self.k {
            return Err(ClusterError::Labels { labels: groups.len(), clusters: self.k });
        }
        let mut given = Points::new(pool.points.dims);
        let mut kept = vec![None; if self.constrained { pool.points.count() } else { 0 }];
        for (cluster, (_, members)) in groups.iter().enumerate() {
            let mut sums = vec![0.0f64; pool.points.dims];
            for at in members {
                let row = pool.points.row(*at);
                sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += f64::from(*value));
            }
            given.push(&sums.iter().map(|sum| (sum / members.len() as f64) as f32).collect::<Vec<_>>());
            if self.constrained {
                members.iter().for_each(|at| kept[*at] = Some(cluster as u32));
            }
        }
        if self.spherical {
            given.to_unit_length();
        }
        let (fit, inertias) = self.plain().fit_around(pool, &given, &kept)?;
        Ok((fit, inertias, groups.into_iter().map(|(label, _)| label).collect()))
    }
}

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::lloyd::{self, Fit, Rules};
use super::mini_batch::{self, MiniBatch};
use super::points::Points;
use super::start::plus_plus;
use super::{ClusterError, ClusterFault, ClusterInput, Clustering, Found, Pca, Reduce, SubMaps};
use camlab_base::random::stream;

/// k-means: centres that minimise the sum of squared distances (MacQueen 1967; Lloyd 1982), from k-means++ starts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct KMeans {
    /// Number of clusters, and of sub-maps per image; the source article takes 10.
    pub k: usize,
    /// Number of starts; the result with the lowest inertia is kept.
    pub restarts: usize,
    /// Maximum number of iterations per start.
    pub iterations: usize,
    /// Convergence threshold: sum of the centres' squared movements, as a fraction of the coordinates' mean variance.
    pub tolerance: f64,
    /// Use only the direction of a pixel vector (spherical k-means, Dhillon and Modha 2001).
    pub spherical: bool,
    /// Mini-batches in place of full iterations, for large numbers of pixels.
    pub mini_batch: MiniBatch,
    /// Number of pixels on which centres are fitted, drawn from all images; if left out, all pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pixels: Option<usize>,
    /// Dimension reduction of the pixel vectors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reduce: Option<Reduce>,
    /// Hard or soft assignment of pixels to sub-maps.
    pub sub_maps: SubMaps,
}

impl Default for KMeans {
    fn default() -> Self {
        Self {
            k: 10,
            restarts: 4,
            iterations: 100,
            tolerance: 1e-4,
            spherical: false,
            mini_batch: MiniBatch::default(),
            pixels: None,
            reduce: None,
            sub_maps: SubMaps::default(),
        }
    }
}

impl Clustering for KMeans {
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

    fn spherical(&self) -> bool {
        self.spherical
    }

    fn check(&self) -> Result<(), ClusterFault> {
        if self.restarts == 0 || self.iterations == 0 {
            return Err(("restarts".into(), "`restarts` or `iterations` is 0; use at least 1".into()));
        }
        if self.mini_batch.size == 0 || self.mini_batch.passes == 0 {
            let message = "`mini-batch.size` or `mini-batch.passes` is 0; use at least 1";
            return Err(("mini-batch".into(), message.into()));
        }
        Ok(())
    }

    fn find(&self, pool: ClusterInput<'_>, reduce: Option<Pca>) -> Result<Found, ClusterError> {
        let (fit, inertias) = self.fit(pool)?;
        Ok(Found::around(fit, inertias, vec![None; self.k], reduce, self.spherical))
    }
}

impl KMeans {
    /// Best fit of all restarts, and the inertia of each.
    ///
    /// # Errors
    /// [`ClusterError::TooFew`] with fewer points than clusters.
    pub fn fit(&self, pool: ClusterInput<'_>) -> Result<(Fit, Vec<f64>), ClusterError> {
        self.fit_around(pool, &Points::new(pool.points.dims), &[])
    }

    /// Runs Lloyd's iterations from one given start.
    pub fn fit_from(&self, points: &Points, start: Points) -> Fit {
        lloyd::run(points, start, self.rules(&[]))
    }

    /// As [`Self::fit`], with the first centres given and some points fixed to their clusters (`kept` is empty or has
    /// an entry per point).
    pub(super) fn fit_around(
        &self,
        pool: ClusterInput<'_>,
        given: &Points,
        kept: &[Option<u32>],
    ) -> Result<(Fit, Vec<f64>), ClusterError> {
        let points = pool.points;
        if points.count() < self.k {
            return Err(ClusterError::TooFew { clusters: self.k, pixels: points.count() });
        }
        let mut best: Option<Fit> = None;
        let mut inertias = Vec::new();
        // With all centres given, no centre is left to draw.
        let restarts = if given.count() >= self.k { 1 } else { self.restarts.max(1) };
        for restart in 0..restarts {
            let mut rng = stream(pool.seed, &format!("cluster/k-means/{restart}"));
            let start = plus_plus(points, self.k, given.clone(), &mut rng);
            let fit = match points.count() > self.mini_batch.above {
                true => mini_batch::run(points, start, &self.mini_batch, self.spherical, kept, &mut rng),
                false => lloyd::run(points, start, self.rules(kept)),
            };
            inertias.push(fit.inertia);
            if best.as_ref().is_none_or(|best| fit.inertia < best.inertia) {
                best = Some(fit);
            }
        }
        let fit = best.ok_or(ClusterError::TooFew { clusters: self.k, pixels: points.count() })?;
        Ok((fit, inertias))
    }

    fn rules<'a>(&self, kept: &'a [Option<u32>]) -> Rules<'a> {
        let Self { iterations, tolerance, spherical, .. } = *self;
        Rules { iterations, tolerance, spherical, kept }
    }
}

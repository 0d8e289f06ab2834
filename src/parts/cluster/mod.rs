//! Clustering of pixels: k-means and related methods over the pixel vectors of all test images (step A10 of the
//! source article), and the sub-maps into which the clusters divide each image.
//!
//! No external crate is used: linfa-clustering has k-means, but no spherical, seeded or constrained variant, chooses
//! its own random generator and depends on a second array library, `ndarray`. The code here must be bit-identical for
//! any number of threads and hold a single copy of the pixels.

mod agreement;
mod budget;
mod clustering;
mod error;
mod k_means;
mod label_propagation;
mod lloyd;
mod mini_batch;
mod model;
mod points;
mod reduce;
mod seeded_k_means;
mod seeds;
mod start;
mod sub_maps;

pub use agreement::ClusterAgreement;
pub use budget::Budget;
pub use clustering::{ClusterFault, Clustering};
pub use error::ClusterError;
pub use k_means::KMeans;
pub use label_propagation::{EdgeSimilarity, LabelPropagation, Spread, SpreadLabels};
pub use lloyd::Fit;
pub(crate) use lloyd::spherical;
pub use mini_batch::MiniBatch;
pub use model::{AssignmentRule, Clusters, Found};
pub use points::Points;
pub use reduce::{PCA_SAMPLE, Pca, Reduce};
pub use seeded_k_means::SeededKMeans;
pub use seeds::{Labelled, LabelledSplit};
pub use sub_maps::{Hard, Soft, SubMapKind, SubMaps};

use camlab_base::registry;

registry! {
    /// A clustering method, with its options.
    pub enum ClusterSpec as "clustering" {
        "k-means" => KMeans(KMeans), "k-means from k-means++ starts (Lloyd 1982; Arthur and Vassilvitskii 2007); spherical and mini-batch variants as options";
        "seeded-k-means" => SeededKMeans(SeededKMeans), "k-means whose initial centres are the means of the labelled pixels of a few images (Basu et al. 2002)";
        "label-propagation" => LabelPropagation(LabelPropagation), "label propagation from a few labelled images over a graph of similar pixels (Zhou et al. 2004; Zhu and Ghahramani 2002)";
    }
    /// The implementation of this clustering.
    fn implementation -> Clustering;
}

/// Input of a clustering.
#[derive(Debug, Clone, Copy)]
pub struct ClusterInput<'a> {
    /// Pixel vectors of all images.
    pub points: &'a Points,
    /// Known label of each pixel, if any; empty, or one entry per pixel.
    pub seeds: &'a [Option<u32>],
    /// Seed of the random streams.
    pub seed: u64,
}

impl ClusterSpec {
    /// Dimension reduction of the pixel vectors, if requested.
    pub fn reduce(&self) -> Option<&Reduce> {
        self.implementation().reduce()
    }

    /// Hard or soft assignment of pixels to sub-maps.
    pub fn sub_maps(&self) -> &SubMaps {
        self.implementation().sub_maps()
    }

    /// Number of clusters requested; `None` for label propagation, where the known labels determine it.
    pub fn k(&self) -> Option<usize> {
        self.implementation().k()
    }

    /// Maximum number of pixels on which clusters are fitted, if limited.
    pub fn pixels(&self) -> Option<usize> {
        self.implementation().pixels()
    }

    /// Selection of the pixels with known labels; `None` for methods without labels.
    pub fn labelled(&self) -> Option<&Labelled> {
        self.implementation().labelled()
    }

    /// True when only the direction of a pixel vector counts.
    pub fn spherical(&self) -> bool {
        self.implementation().spherical()
    }

    /// Clusters a pool of pixels that is already reduced (by `reduce`) and, for spherical clustering, scaled to
    /// length 1.
    ///
    /// # Errors
    /// [`ClusterError`] when there are too few pixels, no known label, or more labels than clusters.
    pub fn find(&self, pool: ClusterInput<'_>, reduce: Option<Pca>) -> Result<Found, ClusterError> {
        self.implementation().find(pool, reduce)
    }

    /// Checks the options.
    ///
    /// # Errors
    /// The key of the first invalid option, relative to the clustering's name, and a description of the problem.
    pub fn check(&self) -> Result<(), ClusterFault> {
        let fail = |key: &str, message: String| Err((key.to_owned(), message));
        if self.k() == Some(0) {
            return fail("k", "`k` = 0 is out of range; use 1 or more (the default is 10)".into());
        }
        if let (Some(k), Some(pixels)) = (self.k(), self.pixels())
            && k > pixels
        {
            return fail(
                "k",
                format!("`k` = {k} is more than `pixels` = {pixels}; lower k or increase pixels"),
            );
        }
        if let Some(Reduce::Pca(0)) = self.reduce() {
            return fail("reduce", "`pca` = 0 is out of range; use 1 or more, such as 64".into());
        }
        if let Err(message) = self.sub_maps().kind().check() {
            return fail("sub-maps", message);
        }
        if let Some(Err(message)) = self.labelled().map(Labelled::check) {
            return fail("labelled", message);
        }
        self.implementation().check()
    }
}

//! Clustering of pixels: k-means and related methods over the pixel vectors of all test images (step A10 of the
//! source article), and the sub-maps into which the clusters divide each image.
//!
//! No external crate is used: linfa-clustering has k-means, but no spherical, seeded or constrained variant, chooses
//! its own random generator and depends on a second array library, `ndarray`. The code here must be bit-identical for
//! any number of threads and hold a single copy of the pixels.

mod agreement;
pub(crate) mod algebra;
mod budget;
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

pub use agreement::ClusterAgreement;
pub use budget::Budget;
pub use error::ClusterError;
pub use k_means::KMeans;
pub use label_propagation::{EdgeSimilarity, LabelPropagation, Spread, SpreadLabels};
pub use lloyd::Fit;
pub use mini_batch::MiniBatch;
pub use model::{AssignmentRule, Clusters, Found};
pub use points::Points;
pub use reduce::{PCA_SAMPLE, Pca, Reduce};
pub use seeded_k_means::SeededKMeans;
pub use seeds::Labelled;

use serde::{Deserialize, Serialize};

use camlab_base::registry;

registry! {
    /// A clustering method, with its options.
    pub enum ClusterSpec as "clustering" {
        "k-means" => KMeans(KMeans), "k-means from k-means++ starts (Lloyd 1982; Arthur and Vassilvitskii 2007); spherical and mini-batch variants as options";
        "seeded-k-means" => SeededKMeans(SeededKMeans), "k-means whose initial centres are the means of the labelled pixels of a few images (Basu et al. 2002)";
        "label-propagation" => LabelPropagation(LabelPropagation), "label propagation from a few labelled images over a graph of similar pixels (Zhou et al. 2004; Zhu and Ghahramani 2002)";
    }
}

registry! {
    /// Assignment of an image's pixels to sub-maps.
    pub enum SubMaps as "kind of sub-maps" {
        "hard" => Hard(Hard), "each pixel belongs to the sub-map of the nearest centre only";
        "soft" => Soft(Soft), "each pixel belongs to every sub-map with a weight: the softmax of its negative distances to the centres";
    }
}

/// Options of `hard`: none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hard {}

/// Options of `soft`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Soft {
    /// Divisor of the distances, in units of the pixels' root mean square distance from their centres: near 0
    /// memberships are almost hard, for large values almost uniform.
    pub temperature: f64,
}

impl Default for Soft {
    fn default() -> Self {
        Self { temperature: 0.25 }
    }
}

impl Default for SubMaps {
    fn default() -> Self {
        Self::Hard(Hard {})
    }
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
        match self {
            Self::KMeans(options) => options.reduce.as_ref(),
            Self::SeededKMeans(options) => options.reduce.as_ref(),
            Self::LabelPropagation(options) => options.reduce.as_ref(),
        }
    }

    /// Hard or soft assignment of pixels to sub-maps.
    pub fn sub_maps(&self) -> &SubMaps {
        match self {
            Self::KMeans(options) => &options.sub_maps,
            Self::SeededKMeans(options) => &options.sub_maps,
            Self::LabelPropagation(options) => &options.sub_maps,
        }
    }

    /// Options that determine the clusters, for cache keys: `sub_maps` is reset to its default, as it does not affect
    /// them.
    pub fn numbers(&self) -> Self {
        let sub_maps = SubMaps::default();
        match self.clone() {
            Self::KMeans(options) => Self::KMeans(KMeans { sub_maps, ..options }),
            Self::SeededKMeans(options) => Self::SeededKMeans(SeededKMeans { sub_maps, ..options }),
            Self::LabelPropagation(options) => {
                Self::LabelPropagation(LabelPropagation { sub_maps, ..options })
            }
        }
    }

    /// Number of clusters requested; `None` for label propagation, where the known labels determine it.
    pub fn k(&self) -> Option<usize> {
        match self {
            Self::KMeans(options) => Some(options.k),
            Self::SeededKMeans(options) => Some(options.k),
            Self::LabelPropagation(_) => None,
        }
    }

    /// Maximum number of pixels on which clusters are fitted, if limited.
    pub fn pixels(&self) -> Option<usize> {
        match self {
            Self::KMeans(options) => options.pixels,
            Self::SeededKMeans(options) => options.pixels,
            // Draws its own sample, with a quota of seeds.
            Self::LabelPropagation(_) => None,
        }
    }

    /// Selection of the pixels with known labels; `None` for methods without labels.
    pub fn labelled(&self) -> Option<&Labelled> {
        match self {
            Self::KMeans(_) => None,
            Self::SeededKMeans(options) => Some(&options.labelled),
            Self::LabelPropagation(options) => Some(&options.labelled),
        }
    }

    /// True when only the direction of a pixel vector counts.
    pub fn spherical(&self) -> bool {
        match self {
            Self::KMeans(options) => options.spherical,
            Self::SeededKMeans(options) => options.spherical,
            Self::LabelPropagation(_) => false,
        }
    }

    /// Checks the options.
    ///
    /// # Errors
    /// The key of the first invalid option, relative to the clustering's name, and a description of the problem.
    pub fn check(&self) -> Result<(), (String, String)> {
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
        if let SubMaps::Soft(Soft { temperature }) = self.sub_maps()
            && !(temperature.is_finite() && *temperature > 0.0)
        {
            return fail(
                "sub-maps",
                format!("`temperature` = {temperature} is out of range; use a positive number"),
            );
        }
        if let Some(Err(message)) = self.labelled().map(Labelled::check) {
            return fail("labelled", message);
        }
        match self {
            Self::KMeans(KMeans { restarts, iterations, mini_batch, .. })
            | Self::SeededKMeans(SeededKMeans { restarts, iterations, mini_batch, .. }) => {
                if *restarts == 0 || *iterations == 0 {
                    return fail("restarts", "`restarts` or `iterations` is 0; use at least 1".into());
                }
                if mini_batch.size == 0 || mini_batch.passes == 0 {
                    return fail(
                        "mini-batch",
                        "`mini-batch.size` or `mini-batch.passes` is 0; use at least 1".into(),
                    );
                }
            }
            Self::LabelPropagation(options) => {
                if !(options.alpha > 0.0 && options.alpha < 1.0) {
                    let alpha = options.alpha;
                    return fail(
                        "alpha",
                        format!(
                            "`alpha` = {alpha} is out of range; use a number between 0 and 1, such as 0.8"
                        ),
                    );
                }
                if options.neighbours == 0 || options.pixels < 2 || options.iterations == 0 {
                    return fail(
                        "neighbours",
                        "`neighbours`, `pixels` or `iterations` is too small; use at least 1, 2 and 1".into(),
                    );
                }
                if let EdgeSimilarity::Rbf(gamma) = options.kernel
                    && !(gamma > 0.0 && gamma.is_finite())
                {
                    return fail("kernel", format!("`rbf` = {gamma} is out of range; use a positive number"));
                }
            }
        }
        Ok(())
    }
}

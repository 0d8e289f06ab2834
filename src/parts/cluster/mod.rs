//! Clusters of pixels: k-means and its kin over the pixel vectors of all test images (step A10), and the sub-maps
//! that every image falls into.
//!
//! Why not a crate: linfa-clustering has k-means, but no spherical, seeded or constrained one, draws from a generator
//! of its own choosing and brings a second `ndarray` world; what is here must be bit-identical for any number of
//! threads and hold one copy of the pixels.

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
    /// A way to cluster pixels, with its options.
    pub enum ClusterSpec as "clustering" {
        "k-means" => KMeans(KMeans), "centres with the least sum of squared distances, from k-means++ starts (Lloyd 1982; Arthur and Vassilvitskii 2007); spherical and mini-batch as options";
        "seeded-k-means" => SeededKMeans(SeededKMeans), "k-means whose first centres are the means of pixels of a few labelled images (Basu et al. 2002)";
        "label-propagation" => LabelPropagation(LabelPropagation), "labels of a few images spread over a graph of similar pixels (Zhou et al. 2004; Zhu and Ghahramani 2002)";
    }
}

registry! {
    /// How an image falls into sub-maps.
    pub enum SubMaps as "kind of sub-maps" {
        "hard" => Hard(Hard), "a pixel belongs to the nearest centre's sub-map alone";
        "soft" => Soft(Soft), "a pixel belongs to every sub-map in part: the softmax of minus its distances to the centres";
    }
}

/// `hard` has no options.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hard {}

/// Options of `soft`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Soft {
    /// Distances are divided by it, in units of the pixels' root mean square distance from their centres: near 0 all
    /// but hard, large the same everywhere.
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

/// What clusters are looked for in.
#[derive(Debug, Clone, Copy)]
pub struct ClusterInput<'a> {
    /// Pixel vectors of all images.
    pub points: &'a Points,
    /// The label of every pixel that stands for one; empty, or one entry per pixel.
    pub seeds: &'a [Option<u32>],
    /// Names the random streams.
    pub seed: u64,
}

impl ClusterSpec {
    /// Shorter pixel vectors, if asked for.
    pub fn reduce(&self) -> Option<&Reduce> {
        match self {
            Self::KMeans(options) => options.reduce.as_ref(),
            Self::SeededKMeans(options) => options.reduce.as_ref(),
            Self::LabelPropagation(options) => options.reduce.as_ref(),
        }
    }

    /// Hard or soft.
    pub fn sub_maps(&self) -> &SubMaps {
        match self {
            Self::KMeans(options) => &options.sub_maps,
            Self::SeededKMeans(options) => &options.sub_maps,
            Self::LabelPropagation(options) => &options.sub_maps,
        }
    }

    /// The same with sub-maps as they are by default: what clusters depend on.
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

    /// The clusters asked for; with label propagation the labels decide.
    pub fn k(&self) -> Option<usize> {
        match self {
            Self::KMeans(options) => Some(options.k),
            Self::SeededKMeans(options) => Some(options.k),
            Self::LabelPropagation(_) => None,
        }
    }

    /// Pixels that clusters are found on, at most.
    pub fn pixels(&self) -> Option<usize> {
        match self {
            Self::KMeans(options) => options.pixels,
            Self::SeededKMeans(options) => options.pixels,
            // It draws its own, with an eye to the seeds.
            Self::LabelPropagation(_) => None,
        }
    }

    /// Which labels must be known, if any.
    pub fn labelled(&self) -> Option<&Labelled> {
        match self {
            Self::KMeans(_) => None,
            Self::SeededKMeans(options) => Some(&options.labelled),
            Self::LabelPropagation(options) => Some(&options.labelled),
        }
    }

    /// Whether only the direction of a pixel vector counts.
    pub fn spherical(&self) -> bool {
        match self {
            Self::KMeans(options) => options.spherical,
            Self::SeededKMeans(options) => options.spherical,
            Self::LabelPropagation(_) => false,
        }
    }

    /// The first option that makes no sense, by its key below the clustering's name, and why.
    ///
    /// # Errors
    /// The key and what is wrong with it.
    pub fn check(&self) -> Result<(), (String, String)> {
        let fail = |key: &str, message: String| Err((key.to_owned(), message));
        if self.k() == Some(0) {
            return fail("k", "k = 0 makes no cluster; the article takes k = 10".into());
        }
        if let (Some(k), Some(pixels)) = (self.k(), self.pixels())
            && k > pixels
        {
            return fail("k", format!("{pixels} pixels make no {k} clusters; lower k, or raise pixels"));
        }
        if let Some(Reduce::Pca(0)) = self.reduce() {
            return fail("reduce", "pca = 0 leaves no component; 64 is usual".into());
        }
        if let SubMaps::Soft(Soft { temperature }) = self.sub_maps()
            && !(temperature.is_finite() && *temperature > 0.0)
        {
            return fail("sub-maps", format!("temperature {temperature} divides nothing; write more than 0"));
        }
        if let Some(Err(message)) = self.labelled().map(Labelled::check) {
            return fail("labelled", message);
        }
        match self {
            Self::KMeans(KMeans { restarts, iterations, mini_batch, .. })
            | Self::SeededKMeans(SeededKMeans { restarts, iterations, mini_batch, .. }) => {
                if *restarts == 0 || *iterations == 0 {
                    return fail("restarts", "restarts and iterations are at least 1".into());
                }
                if mini_batch.size == 0 || mini_batch.passes == 0 {
                    return fail("mini-batch", "a batch holds at least 1 pixel, in at least 1 pass".into());
                }
            }
            Self::LabelPropagation(options) => {
                if !(options.alpha > 0.0 && options.alpha < 1.0) {
                    let alpha = options.alpha;
                    return fail(
                        "alpha",
                        format!("alpha {alpha} lets nothing spread, or everything; 0.8 is usual"),
                    );
                }
                if options.neighbours == 0 || options.pixels < 2 || options.iterations == 0 {
                    return fail(
                        "neighbours",
                        "neighbours, pixels and iterations are at least 1, 2 and 1".into(),
                    );
                }
                if let EdgeSimilarity::Rbf(gamma) = options.kernel
                    && !(gamma > 0.0 && gamma.is_finite())
                {
                    return fail("kernel", format!("rbf = {gamma} is no width; write more than 0"));
                }
            }
        }
        Ok(())
    }
}

use serde::{Deserialize, Serialize};

use crate::parts::cluster::{Budget, ClusterSpec, KMeans};
use crate::parts::merge::Merge;
use crate::parts::polynomial::{ChainSource, Coefficients, Polynomial};

/// `[[chain]]`: the article's own way to a map: correction by polynomials, clusters over all images, sub-maps merged by
/// confidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Chain {
    /// What tables call the method.
    pub name: String,
    /// What is stacked.
    #[serde(default)]
    pub source: ChainSource,
    /// Layers of the backbone; several are joined on the finest grid.
    pub layers: Vec<String>,
    /// Step A9: every map becomes k.
    #[serde(default)]
    pub polynomial: Polynomial,
    /// What makes one class map of the stack: a series of its own, and what clusters divide.
    #[serde(default)]
    pub coefficients: Coefficients,
    /// Step A10: clusters of the pixels of all images.
    #[serde(default = "ten_means")]
    pub cluster: ClusterSpec,
    /// Step A11: sub-maps become the map of a class.
    #[serde(default)]
    pub merge: Merge,
    /// For the pixel vectors that are held at once.
    #[serde(default)]
    pub memory: Budget,
}

fn ten_means() -> ClusterSpec {
    ClusterSpec::KMeans(KMeans::default())
}

impl Chain {
    /// What tables call the class map of the stack, before clusters divide it.
    pub fn polynomial_name(&self) -> String {
        format!("{} · polynomial", self.name)
    }
}

use serde::{Deserialize, Serialize};

use camlab_base::registry::{Entry, default_options};
use camlab_parts::cluster::{Budget, ClusterSpec, KMeans, SubMaps};
use camlab_parts::merge::Merge;
use camlab_parts::polynomial::{ChainSource, Coefficients, Polynomial};

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
    /// The tables of a chain, for `camlab list`: each with its options.
    pub fn entries() -> Vec<Entry> {
        let table =
            |name: &'static str, summary: &'static str, options: String| Entry { name, summary, options };
        let parts = [
            (
                "polynomial",
                "every map scaled to [0, 1], enlarged to the finest grid, and raised to degrees 1 to k of a basis: \
                 power, chebyshev or legendre; scale: map or channel (step A9)",
                default_options::<Polynomial>(),
            ),
            (
                "merge",
                "sub-maps go to the class seen through them (assign: confidence or target), those of one class are \
                 joined (weighted-sum, max or union); otherwise: confidence or stack (step A11)",
                default_options::<Merge>(),
            ),
        ];
        let mut entries: Vec<Entry> =
            parts.into_iter().map(|(name, summary, options)| table(name, summary, options)).collect();
        let kinds = [
            ("source = ", ChainSource::entries()),
            ("coefficients = ", Coefficients::entries()),
            ("sub-maps = ", SubMaps::entries()),
        ];
        for (key, parts) in kinds {
            entries.extend(parts.into_iter().map(|entry| Entry {
                options: match entry.options.is_empty() {
                    true => format!("{key}\"{}\"\n", entry.name),
                    false => format!("{key}\"{}\"\n{}", entry.name, entry.options),
                },
                ..entry
            }));
        }
        entries
    }

    /// What tables call the class map of the stack, before clusters divide it.
    pub fn polynomial_name(&self) -> String {
        format!("{} · polynomial", self.name)
    }
}

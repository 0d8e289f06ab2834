use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use camlab_base::registry::{Entry, default_options};
use camlab_parts::cluster::{Budget, ClusterSpec, KMeans, SubMaps};
use camlab_parts::merge::Merge;
use camlab_parts::polynomial::{ChainSource, Coefficients, Polynomial};

/// `[[chain]]`: the source article's map method (steps A9 to A11): polynomial feature correction, clustering of the
/// pixels of all images, sub-maps merged by confidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Chain {
    /// Name of the method in tables.
    pub name: String,
    /// Channels of the stack: maps or activations.
    #[serde(default)]
    pub source: ChainSource,
    /// Layers of the backbone; several are stacked on the finest grid.
    pub layers: Vec<String>,
    /// Step A9: every channel becomes k channels, its polynomials of degree 1 to k.
    #[serde(default)]
    pub polynomial: Polynomial,
    /// Weights of the stack's channels, which sum it to one class map; the clusters divide this map.
    #[serde(default)]
    pub coefficients: Coefficients,
    /// Step A10: clustering of the pixels of all images.
    #[serde(default = "ten_means")]
    pub cluster: ClusterSpec,
    /// Step A11: merging of the sub-maps into one map.
    #[serde(default)]
    pub merge: Merge,
    /// Memory limit for the pixel vectors held at once.
    #[serde(default)]
    pub memory: Budget,
    /// Name of the clustering's random streams. By default all chains have the same, so that those that cluster the
    /// same pixels in the same way share their clusters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<String>,
}

fn ten_means() -> ClusterSpec {
    ClusterSpec::KMeans(KMeans::default())
}

impl Chain {
    /// The tables of a chain with their options, for `camlab list`.
    pub fn entries() -> Vec<Entry> {
        let table = |name: &'static str, summary: &'static str, options: String| Entry {
            name,
            title: name,
            summary,
            options,
        };
        let parts = [
            (
                "polynomial",
                "polynomial feature correction (step A9 of the source article): every map is scaled to [0, 1] (scale: \
                 map or channel), upsampled to the finest grid, and replaced by the terms of degree 1 to k of a basis \
                 (power, chebyshev or legendre)",
                default_options::<Polynomial>(),
            ),
            (
                "merge",
                "merging of sub-maps (step A11 of the source article): each sub-map is assigned to a class (assign: \
                 confidence or target), and those of one class are combined (weighted-sum, max or union); classes \
                 without a sub-map use `otherwise` (confidence or stack)",
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

    /// Name in tables of the stack's class map, before clusters divide it.
    pub fn polynomial_name(&self) -> String {
        format!("{} · polynomial", self.name)
    }
}

//! Agreement between two partitions of the same items.

use std::collections::BTreeMap;

/// Agreement between a clustering and the classes of the same items.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClusterAgreement {
    /// Adjusted Rand index (Hubert and Arabie 1985): 1 for identical partitions, about 0 for chance.
    pub rand: f64,
    /// Normalised mutual information, divided by the mean of both entropies, 0 to 1.
    pub information: f64,
    /// Fraction of items that belong to the most frequent class of their cluster, 0 to 1.
    pub purity: f64,
}

impl ClusterAgreement {
    /// Agreement from one pair `(cluster, class)` per item; `None` without items.
    pub fn of(pairs: impl IntoIterator<Item = (u32, u32)>) -> Option<Self> {
        let mut table: BTreeMap<(u32, u32), u64> = BTreeMap::new();
        pairs.into_iter().for_each(|pair| *table.entry(pair).or_default() += 1);
        let total = table.values().sum::<u64>();
        if total == 0 {
            return None;
        }
        let (mut clusters, mut classes, mut most) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for ((cluster, class), count) in &table {
            *clusters.entry(*cluster).or_insert(0u64) += count;
            *classes.entry(*class).or_insert(0u64) += count;
            let most = most.entry(*cluster).or_insert(0u64);
            *most = (*most).max(*count);
        }
        Some(Self {
            rand: rand(&table, &clusters, &classes, total as f64),
            information: information(&table, &clusters, &classes, total as f64),
            purity: most.values().sum::<u64>() as f64 / total as f64,
        })
    }
}

type ContingencyTable = BTreeMap<(u32, u32), u64>;
type Sizes = BTreeMap<u32, u64>;

fn rand(table: &ContingencyTable, clusters: &Sizes, classes: &Sizes, total: f64) -> f64 {
    let pairs = |count: f64| count * (count - 1.0) / 2.0;
    let all = |sizes: &mut dyn Iterator<Item = &u64>| sizes.map(|size| pairs(*size as f64)).sum::<f64>();
    let (both, a, b) = (all(&mut table.values()), all(&mut clusters.values()), all(&mut classes.values()));
    let chance = if total > 1.0 { a * b / pairs(total) } else { 0.0 };
    let most = (a + b) / 2.0;
    if most == chance { 1.0 } else { (both - chance) / (most - chance) }
}

fn information(table: &ContingencyTable, clusters: &Sizes, classes: &Sizes, total: f64) -> f64 {
    let entropy = |sizes: &Sizes| -> f64 {
        sizes.values().map(|size| *size as f64 / total).map(|share| -share * share.ln()).sum()
    };
    let mean = (entropy(clusters) + entropy(classes)) / 2.0;
    if mean <= 0.0 {
        return 1.0;
    }
    let mutual: f64 = table
        .iter()
        .map(|((cluster, class), count)| {
            let (both, a, b) = (*count as f64, clusters[cluster] as f64, classes[class] as f64);
            both / total * (both * total / (a * b)).ln()
        })
        .sum();
    (mutual / mean).clamp(0.0, 1.0)
}

//! Report section of the chains (steps A9 to A11 of the source article): cluster statistics and figures.

use serde::Serialize;

use super::analysis::Analysis;
use super::figure::Figure;
use super::fold::fold;
use super::format;
use super::plate::{Plate, plate};
use camlab_frame::{ClassRanking, ClusteringRow};

/// Maximum number of lines of the table.
const MOST_LINES: usize = 24;

/// Section of the chains; empty if the experiment has none.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ChainSection {
    /// One line per chain, network and seed.
    pub lines: Vec<ClusteringText>,
    /// Number of lines that are left out.
    pub hidden: usize,
    /// Classes of the final maps, one line per chain and network.
    pub classes: Vec<ClassRankingText>,
    /// Number of these lines that are left out.
    pub hidden_classes: usize,
    /// Figures, in the order of the steps.
    pub figures: Vec<Plate>,
}

/// Statistics of one clustering, as text.
#[derive(Debug, Clone, Serialize)]
pub struct ClusteringText {
    /// Name of the chain.
    pub chain: String,
    /// Name of the network.
    pub network: String,
    /// Seed of the cell.
    pub seed: i64,
    /// Values, in the order of [`HEADINGS`].
    pub values: Vec<String>,
}

/// Counts of the classes of final maps, as text.
#[derive(Debug, Clone, Serialize)]
pub struct ClassRankingText {
    /// Name of the chain.
    pub chain: String,
    /// Name of the network.
    pub network: String,
    /// Values, in the order of [`CLASS_HEADINGS`].
    pub values: Vec<String>,
}

/// Column headings of [`ClassRankingText::values`].
pub const CLASS_HEADINGS: [&str; 5] = [
    "images",
    "classes per image",
    "first class is the target [%]",
    "first class is true [%]",
    "no sub-map of the target [%]",
];

/// Column headings of [`ClusteringText::values`].
pub const HEADINGS: [&str; 11] = [
    "clustering",
    "clusters",
    "pixels",
    "channels",
    "inertia per pixel",
    "object: adjusted Rand index",
    "object: NMI",
    "object: purity",
    "class: adjusted Rand index",
    "class: NMI",
    "class: purity",
];

/// The section for the reference configuration.
pub fn section(analysis: &Analysis<'_>, figures: &[Figure]) -> ChainSection {
    let belongs = |row: &&ClusteringRow| analysis.belongs(&row.cell, row.seed, &analysis.reference);
    let lines = analysis.frames.clusterings.iter().filter(belongs).map(line).collect();
    let (lines, hidden) = fold(lines, MOST_LINES);
    let rankings = analysis.frames.class_maps.rankings.iter().map(ranking).collect();
    let (classes, hidden_classes) = fold(rankings, MOST_LINES);
    ChainSection { lines, hidden, classes, hidden_classes, figures: figures.iter().map(plate).collect() }
}

fn line(row: &ClusteringRow) -> ClusteringText {
    let share = |value: Option<f64>| format::value(value, "");
    let channels = match row.kept {
        Some(kept) => format!("{} to {} ({:.0} %)", row.channels, row.dims, 100.0 * kept),
        None => row.channels.to_string(),
    };
    ClusteringText {
        chain: row.chain.clone(),
        network: row.network.clone(),
        seed: row.seed,
        values: vec![
            row.clustering.clone(),
            row.clusters.to_string(),
            row.pixels.to_string(),
            channels,
            share(row.inertia.map(|inertia| inertia / f64::from(row.pixels.max(1)))),
            share(row.object_rand),
            share(row.object_information),
            share(row.object_purity),
            share(row.class_rand),
            share(row.class_information),
            share(row.class_purity),
        ],
    }
}

fn ranking(found: &ClassRanking) -> ClassRankingText {
    let share = |count: u32, of: u32| {
        let share = (of > 0).then(|| 100.0 * f64::from(count) / f64::from(of));
        format::value(share, "%")
    };
    let per_image = (found.images > 0).then(|| found.classes as f64 / f64::from(found.images));
    ClassRankingText {
        chain: found.chain.clone(),
        network: found.network.clone(),
        values: vec![
            found.images.to_string(),
            format::value(per_image, ""),
            share(found.target_first, found.images),
            share(found.true_first, found.labelled),
            share(found.fell_back, found.images),
        ],
    }
}

//! The section of the article's chain: clusters in numbers, and its figures.

use serde::Serialize;

use super::analysis::Analysis;
use super::figure::Figure;
use super::format;
use super::plate::{Plate, plate};
use camlab_frame::ClusteringRow;

/// What the report says of chains; nothing without one.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ChainSection {
    /// One line per chain and network.
    pub lines: Vec<ClusteringText>,
    /// The figures, by step.
    pub figures: Vec<Plate>,
}

/// A clustering in numbers, as text.
#[derive(Debug, Clone, Serialize)]
pub struct ClusteringText {
    /// The chain.
    pub chain: String,
    /// The network.
    pub network: String,
    /// Seed, where there are several.
    pub seed: i64,
    /// What follows, in the order of [`HEADINGS`].
    pub values: Vec<String>,
}

/// The columns' headings: what stands above each, and what it is.
pub const HEADINGS: [&str; 11] = [
    "clustering",
    "clusters",
    "pixels",
    "channels",
    "inertia per pixel",
    "object: Rand index",
    "object: information",
    "object: purity",
    "class: Rand index",
    "class: information",
    "class: purity",
];

/// The section, from the frames of the reference configuration.
pub fn section(analysis: &Analysis<'_>, figures: &[Figure]) -> ChainSection {
    let belongs = |row: &&ClusteringRow| analysis.belongs(&row.cell, row.seed, &analysis.reference);
    ChainSection {
        lines: analysis.frames.clusterings.iter().filter(belongs).map(line).collect(),
        figures: figures.iter().map(plate).collect(),
    }
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

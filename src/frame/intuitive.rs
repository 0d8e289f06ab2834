use super::row::frame;
use super::summary::Direction;
use super::table::{TableMeasure, TablePlace, Tabled};

frame! {
    /// `intuitive.parquet`: similarity of every map to the reference map (`evaluation.intuitive`) of its network and
    /// image; a row per image, network, method, layer and contrast. A baseline has rows for every network: it is compared
    /// with the reference map of each. Empty without a reference map.
    IntuitiveRow in "intuitive.parquet" joined [cell, seed, network, method, layer, contrast, reference] {
        /// Cell of the experiment.
        cell: String,
        /// Seed of the cell.
        seed: i64,
        /// Network whose reference map it is compared with.
        network: String,
        /// CAM method, or a baseline.
        method: String,
        /// Tapped layer; `-` for baselines.
        layer: String,
        /// Contrast applied to the map; stretching is applied to the reference map too, masking is not.
        contrast: String,
        /// Identifier of the image in its dataset.
        image: String,
        /// Its index in the dataset.
        index: u32,
        /// The method of the reference map.
        reference: String,
        /// Pearson's correlation of the pixels; null if a map is constant.
        pearson: Option<f64> => "-1 to 1",
        /// Spearman's rank correlation; null if a map is constant.
        spearman: Option<f64> => "-1 to 1",
        /// KL(reference || map), nats; null if a map is not finite.
        kl: Option<f64> => "nats",
    }
}

frame! {
    /// The numbers of [`IntuitiveRow`] image by image.
    SimilarityRow in "intuitive.parquet" {
        /// Index of the image in its dataset.
        index: u32,
        /// Pearson's correlation of the pixels; null if a map is constant.
        pearson: Option<f64> => "-1 to 1",
        /// Spearman's rank correlation; null if a map is constant.
        spearman: Option<f64> => "-1 to 1",
        /// KL(reference || map), nats; null if a map is not finite.
        kl: Option<f64> => "nats",
    }
}

/// A number of [`IntuitiveRow`] that claims can name as their metric.
#[derive(Debug, Clone, Copy)]
pub struct SimilarityMeasure {
    /// Name in `[[claim]] metric`.
    pub name: &'static str,
    /// Name in tables.
    pub title: &'static str,
    /// The number in a few words.
    pub summary: &'static str,
    /// Unit; empty for a plain number.
    pub unit: &'static str,
    /// Direction of greater similarity.
    pub direction: Direction,
    /// The number of an image; `None` where it is not defined.
    pub value: fn(&SimilarityRow) -> Option<f64>,
}

impl SimilarityMeasure {
    /// Every number.
    pub const ALL: [Self; 3] = [
        Self {
            name: "intuitive-pearson",
            title: "Pearson correlation with the reference map",
            summary: "Pearson's correlation of the pixels with those of the reference map (`evaluation.intuitive`)",
            unit: "",
            direction: Direction::Higher,
            value: |row| row.pearson,
        },
        Self {
            name: "intuitive-spearman",
            title: "Spearman correlation with the reference map",
            summary: "Spearman's rank correlation with the reference map (`evaluation.intuitive`)",
            unit: "",
            direction: Direction::Higher,
            value: |row| row.spearman,
        },
        Self {
            name: "intuitive-kl",
            title: "KL divergence from the reference map",
            summary: "KL(reference || map) in nats, for the reference map of `evaluation.intuitive`",
            unit: "nats",
            direction: Direction::Lower,
            value: |row| row.kl,
        },
    ];

    /// The number with a name; `None` for a name of none.
    pub fn named(name: &str) -> Option<&'static Self> {
        Self::ALL.iter().find(|measure| measure.name == name)
    }
}

const fn measure(
    heading: &'static str,
    unit: &'static str,
    direction: Direction,
    value: fn(&IntuitiveRow) -> Option<f64>,
) -> TableMeasure<IntuitiveRow> {
    TableMeasure { heading, unit, direction, value }
}

impl Tabled for IntuitiveRow {
    const ID: &'static str = "intuitive";
    const TITLE: &'static str = "Similarity to the per-pixel reference attribution";
    const MEASURES: &'static [TableMeasure<Self>] = &[
        measure("Pearson", "", Direction::Higher, |row| row.pearson),
        measure("Spearman", "", Direction::Higher, |row| row.spearman),
        measure("KL(reference || map)", "nats", Direction::Lower, |row| row.kl),
    ];

    fn place(&self) -> TablePlace {
        TablePlace {
            network: self.network.clone(),
            method: self.method.clone(),
            layer: self.layer.clone(),
            contrast: self.contrast.clone(),
        }
    }

    fn seed(&self) -> i64 {
        self.seed
    }

    fn note(&self) -> String {
        format!(
            "The per-pixel reference attribution (the source article's \"intuitive picture\") is {}: the contribution of \
             each pixel to the class score. Similarity of every map to it, per test image: mean ± standard deviation \
             over images (and seeds). Histogram stretching is applied to both, texture masking to the map only.",
            self.reference
        )
    }

    fn names(&mut self) -> Vec<(&'static str, &mut String)> {
        vec![("method", &mut self.method), ("method", &mut self.reference), ("contrast", &mut self.contrast)]
    }
}

use super::row::frame;
use super::summary::Direction;
use super::table::{TableMeasure, TablePlace, Tabled};

frame! {
    /// `intuitive.parquet`: similarity of every map to the reference map (`evaluation.intuitive`) of its network and
    /// image; a row per image, network, method, layer and contrast. Empty without a reference map.
    IntuitiveRow in "intuitive.parquet" joined [cell, seed, network, method, layer, contrast, reference] {
        /// Cell of the experiment.
        cell: String,
        /// Seed of the cell.
        seed: i64,
        /// Network.
        network: String,
        /// CAM method.
        method: String,
        /// Tapped layer.
        layer: String,
        /// Contrast applied to the map; stretching is applied to the reference map too, masking is not.
        contrast: String,
        /// Identifier of the image in its dataset.
        image: String,
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

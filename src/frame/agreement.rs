use super::row::frame;

frame! {
    /// `agreement.parquet`: how far a map agrees with a reference map, one row per image and pair. Both are scaled to
    /// [0, 1] at the input's size.
    AgreementRow in "agreement.parquet" {
        /// Cell of the experiment.
        cell: String,
        /// Seed of the cell.
        seed: i64,
        /// Network of both maps.
        network: String,
        /// Method of the map.
        method: String,
        /// Its layer.
        layer: String,
        /// Method of the reference.
        reference: String,
        /// Its layer.
        reference_layer: String,
        /// Identifier of the image in its dataset.
        image: String,
        /// Pearson's correlation; null where a map is constant.
        pearson: Option<f32>,
        /// Spearman's rank correlation; null where a map is constant.
        spearman: Option<f32>,
        /// Mean absolute difference.
        difference: f32,
        /// Kullback-Leibler divergence of the map from the reference, nats.
        kl: f32,
        /// Structural similarity; null where the input is too small for its window.
        ssim: Option<f32>,
        /// Forward passes that the map took; null for baselines.
        forwards: Option<u32>,
        /// Forward passes that the reference took.
        reference_forwards: Option<u32>,
        /// Time to make the map, seconds.
        seconds: f64,
    }
}

impl AgreementRow {
    /// The same row as a cell shows it.
    pub fn under(&self, cell: &str, seed: i64, network: &str) -> Self {
        Self { cell: cell.to_owned(), seed, network: network.to_owned(), ..self.clone() }
    }
}

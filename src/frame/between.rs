use super::row::frame;

frame! {
    /// `between.parquet`: pairwise divergence between the maps of a network, a row per ordered pair.
    BetweenRow in "between.parquet" {
        /// Cell of the experiment.
        cell: String,
        /// Seed of the cell.
        seed: i64,
        /// Network.
        network: String,
        /// CAM method of the first map.
        method: String,
        /// Layer of the first map.
        layer: String,
        /// CAM method of the second map.
        other_method: String,
        /// Layer of the second map.
        other_layer: String,
        /// KL(first || second), nats, mean over images; null if no image has a value.
        kl: Option<f64>,
        /// Number of images of the mean.
        n: u32,
    }
}

impl BetweenRow {
    /// The row with another cell's names for cell and network.
    pub fn under(&self, cell: &str, seed: i64, network: &str) -> Self {
        Self { cell: cell.to_owned(), seed, network: network.to_owned(), ..self.clone() }
    }
}

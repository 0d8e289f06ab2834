use super::row::frame;

frame! {
    /// `between.parquet`: how far the maps of a network are from each other, a row per ordered pair.
    BetweenRow in "between.parquet" {
        /// Cell of the experiment.
        cell: String,
        /// Seed of the cell.
        seed: i64,
        /// Network.
        network: String,
        /// CAM method of the first map.
        method: String,
        /// Its layer.
        layer: String,
        /// CAM method of the second map.
        other_method: String,
        /// Its layer.
        other_layer: String,
        /// KL(first || second), nats, mean over images; null where no image has one.
        kl: Option<f64>,
        /// Images behind it.
        n: u32,
    }
}

impl BetweenRow {
    /// The row of the same network as another cell shows it.
    pub fn under(&self, cell: &str, seed: i64, network: &str) -> Self {
        Self { cell: cell.to_owned(), seed, network: network.to_owned(), ..self.clone() }
    }
}

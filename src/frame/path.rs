use super::row::frame;

frame! {
    /// `paths.parquet`: networks on the straight line between the first two members of a fusion; empty unless asked for.
    PathRow in "paths.parquet" {
        /// Cell of the experiment.
        cell: String,
        /// Seed of the cell.
        seed: i64,
        /// The fused network.
        fusion: String,
        /// How the members were aligned.
        align: String,
        /// Where the batch norms' running statistics come from: `averaged`, `recalibrated`, `repaired`.
        statistics: String,
        /// The second member's share, 0 to 1.
        share: f64,
        /// Mean loss on the images judged by.
        loss: f64,
        /// Accuracy on them, per cent.
        accuracy: f64,
    }
}

impl PathRow {
    /// The row of the same network as another cell shows it.
    pub fn under(&self, cell: &str, seed: i64, network: &str) -> Self {
        Self { cell: cell.to_owned(), seed, fusion: network.to_owned(), ..self.clone() }
    }
}

use super::row::frame;

frame! {
    /// `fusion.parquet`: what every step of making one network of several brought; empty without a fusion.
    FusionRow in "fusion.parquet" {
        /// Cell of the experiment.
        cell: String,
        /// Seed of the cell.
        seed: i64,
        /// The fused network.
        fusion: String,
        /// Its method.
        method: String,
        /// What is judged: a member, or how far the fusion has come.
        step: String,
        /// Whether it is a member by itself.
        member: bool,
        /// Whether it is part of the result (a member), or the result itself.
        kept: bool,
        /// How the members were aligned.
        align: String,
        /// Where the batch norms' running statistics come from: `own`, `averaged`, `recalibrated`, `repaired`.
        statistics: String,
        /// Mean cosine between the weights that are averaged.
        similarity: Option<f64>,
        /// Mean loss on the images judged by.
        loss: Option<f64>,
        /// Accuracy on them, per cent.
        accuracy: Option<f64>,
        /// How many.
        images: u32,
        /// Which they are: `held back` or `training`.
        judged_on: String,
    }
}

impl FusionRow {
    /// The row of the same network as another cell shows it.
    pub fn under(&self, cell: &str, seed: i64, network: &str) -> Self {
        Self { cell: cell.to_owned(), seed, fusion: network.to_owned(), ..self.clone() }
    }
}

use super::row::frame;

frame! {
    /// `paths.parquet`: networks on the straight line between the weights of a fusion's first two members; empty
    /// unless requested (`path`).
    PathRow in "paths.parquet" joined [cell, seed, fusion] {
        /// Cell of the experiment.
        cell: String,
        /// Seed of the cell.
        seed: i64,
        /// The fused network.
        fusion: String,
        /// Name of the members' alignment.
        align: String,
        /// Source of the batch norms' running statistics: `averaged`, `recalibrated`, `repaired`.
        statistics: String,
        /// Weight of the second member, 0 to 1.
        share: f64 => "0 to 1",
        /// Mean loss on the evaluation images.
        loss: f64 => "nats",
        /// Accuracy on the evaluation images, per cent.
        accuracy: f64 => "%",
    }
}

use super::row::frame;

frame! {
    /// `fusion.parquet`: loss and accuracy after every step of a fusion; empty without a fusion.
    FusionRow in "fusion.parquet" joined [cell, seed, fusion] {
        /// Cell of the experiment.
        cell: String,
        /// Seed of the cell.
        seed: i64,
        /// The fused network.
        fusion: String,
        /// Its method.
        method: String,
        /// The evaluated network: a member, or a step of the fusion.
        step: String,
        /// `true` if it is a single member.
        member: bool,
        /// `true` if it is the result, or a member that is part of the result.
        kept: bool,
        /// Name of the members' alignment.
        align: String,
        /// Source of the batch norms' running statistics: `own`, `averaged`, `recalibrated`, `repaired`.
        statistics: String,
        /// Mean cosine similarity between the averaged weights.
        similarity: Option<f64> => "-1 to 1",
        /// Mean loss on the evaluation images; null without such images.
        loss: Option<f64> => "nats",
        /// Accuracy on the evaluation images, per cent; null without such images.
        accuracy: Option<f64> => "%",
        /// Number of evaluation images.
        images: u32 => "images",
        /// Kind of the evaluation images: `held back` or `training`.
        judged_on: String,
    }
}

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
        kl: Option<f64> => "nats",
        /// Number of images of the mean.
        n: u32 => "images",
    }
}

frame! {
    /// The rows that `between.parquet` is made of, an artefact: one row per ordered pair of maps.
    PairRow in "pairs.parquet" {
        /// Position of the first map among the stage's inputs.
        first: u32,
        /// Position of the second map.
        second: u32,
        /// Mean Kullback-Leibler divergence, nats; null without an image where it is defined.
        kl: Option<f64> => "nats",
        /// Number of images.
        n: u32 => "images",
    }
}

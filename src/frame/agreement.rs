use super::row::frame;

frame! {
    /// `agreement.parquet`: similarity of a map to a reference map, one row per image and pair. Both maps are scaled
    /// to [0, 1] at the input's size.
    AgreementRow in "agreement.parquet" joined [
        cell, seed, network, method, layer, reference, reference_layer, forwards, reference_forwards, seconds,
    ] {
        /// Cell of the experiment.
        cell: String,
        /// Seed of the cell.
        seed: i64,
        /// Network of both maps.
        network: String,
        /// Method of the map.
        method: String,
        /// Layer of the map.
        layer: String,
        /// Method of the reference map.
        reference: String,
        /// Layer of the reference map.
        reference_layer: String,
        /// Identifier of the image in its dataset.
        image: String,
        /// Pearson's correlation; null if a map is constant.
        pearson: Option<f32>,
        /// Spearman's rank correlation; null if a map is constant.
        spearman: Option<f32>,
        /// Mean absolute difference.
        difference: f32,
        /// Kullback-Leibler divergence of the map from the reference, nats.
        kl: f32,
        /// Structural similarity; null if the input is too small for its window.
        ssim: Option<f32>,
        /// Number of forward passes that the map needed; null for baselines.
        forwards: Option<u32>,
        /// Number of forward passes that the reference map needed; null for baselines.
        reference_forwards: Option<u32>,
        /// Time to compute the map, seconds.
        seconds: f64,
    }
}

use super::row::frame;

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
        pearson: Option<f64>,
        /// Spearman's rank correlation; null if a map is constant.
        spearman: Option<f64>,
        /// KL(reference || map), nats; null if a map is not finite.
        kl: Option<f64>,
    }
}

use super::row::frame;

frame! {
    /// `intuitive.parquet`: how alike every map and the intuitive picture of its network and image are, a row per
    /// image, network, method, layer and contrast; empty where no intuitive picture is declared.
    IntuitiveRow in "intuitive.parquet" {
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
        /// What was done to the map before; stretching is done to the picture too, masking is not.
        contrast: String,
        /// Identifier of the image in its dataset.
        image: String,
        /// The method that makes the intuitive picture.
        reference: String,
        /// Pearson's correlation of the pixels; null where a map is constant.
        pearson: Option<f64>,
        /// Spearman's rank correlation; null where a map is constant.
        spearman: Option<f64>,
        /// KL(picture || map), nats; null where a map is not finite.
        kl: Option<f64>,
    }
}

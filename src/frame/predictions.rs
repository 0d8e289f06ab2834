use super::row::frame;

frame! {
    /// `predictions.parquet`: ranking of the classes by their class maps; a row per image, network, method, threshold
    /// and class, for the five best-ranked classes, the true one and the network's own answer. Classes without a map
    /// (`prediction.classes`) have no row.
    PredictionRow in "predictions.parquet" joined [cell, seed, network, method, layer] {
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
        /// Smallest confidence at which a pixel counts as confident for a class.
        threshold: f32 => "0 to 1",
        /// Identifier of the image in its dataset.
        image: String,
        /// Index of the image in its dataset.
        index: u32,
        /// The class.
        class: u32,
        /// Its name.
        class_name: String,
        /// Sum of its confidence over the pixels at or above the threshold (class 1 of the source article, step A13).
        confidence_above: f64,
        /// Sum of its confidence over the pixels below the threshold (class 0 of the source article).
        confidence_below: f64,
        /// Number of pixels at or above the threshold.
        pixels_above: u32 => "pixels",
        /// Number of pixels of the map's grid.
        pixels: u32 => "pixels",
        /// Rank among the classes, from 0, by `confidence_above`, then `confidence_below`.
        rank: u32,
        /// The network's own softmax probability of the class.
        probability: f32 => "0 to 1",
        /// Rank of the class by the network's own softmax, from 0; it has no part in `rank`.
        network_rank: u32,
        /// True class of the image.
        label: u32,
    }
}

frame! {
    /// `prediction-summary.parquet`: accuracy of those rankings and of the network's own predictions.
    PredictionSummaryRow in "prediction-summary.parquet" joined [cell, seed, network, method, layer] {
        /// Cell of the experiment.
        cell: String,
        /// Seed of the cell.
        seed: i64,
        /// Network.
        network: String,
        /// CAM method; `softmax`: the network's own probabilities.
        method: String,
        /// Tapped layer; `-` for the softmax.
        layer: String,
        /// Smallest confidence at which a pixel counts as confident; null for the softmax.
        threshold: Option<f32> => "0 to 1",
        /// `top1`, `top5` or `map` (mean average precision).
        metric: String,
        /// Its value, per cent.
        value: f64 => "%",
        /// Lower end of the 95 % bootstrap interval over images.
        ci_low: Option<f64> => "%",
        /// Upper end of the interval.
        ci_high: Option<f64> => "%",
        /// Number of images.
        n: u32 => "images",
    }
}

/// Method name of the network's own probabilities in `prediction-summary.parquet`.
pub const SOFTMAX: &str = "softmax";

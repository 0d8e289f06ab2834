use super::row::frame;

frame! {
    /// `predictions.parquet`: which class an image's class maps speak for; a row per image, network, method, threshold
    /// and class, of the best ranked classes and the true one.
    PredictionRow in "predictions.parquet" {
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
        /// Confidence from which on a pixel counts for a class.
        threshold: f32,
        /// Identifier of the image in its dataset.
        image: String,
        /// Position of the image in its dataset.
        index: u32,
        /// The class.
        class: u32,
        /// Its name.
        class_name: String,
        /// Sum of its confidence over the pixels at or above the threshold: class 1 of the article.
        confidence_above: f64,
        /// Sum over the pixels below it: class 0.
        confidence_below: f64,
        /// Pixels at or above the threshold.
        pixels_above: u32,
        /// Pixels of the map's grid.
        pixels: u32,
        /// Place among the classes, 0 first, by the first sum, then the second.
        rank: u32,
        /// The network's own softmax probability of the class.
        probability: f32,
        /// Class of the image by its ground truth.
        label: u32,
    }
}

frame! {
    /// `prediction-summary.parquet`: how often those rankings are right, beside the network's own.
    PredictionSummaryRow in "prediction-summary.parquet" {
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
        /// Confidence from which on a pixel counts; null for the softmax.
        threshold: Option<f32>,
        /// `top1`, `top5` or `map`.
        metric: String,
        /// Its value, per cent.
        value: f64,
        /// Lower end of the 95 % bootstrap interval over images.
        ci_low: Option<f64>,
        /// Upper end of it.
        ci_high: Option<f64>,
        /// Images.
        n: u32,
    }
}

impl PredictionRow {
    /// The row of the same network as another cell shows it.
    pub fn under(&self, cell: &str, seed: i64, network: &str) -> Self {
        Self { cell: cell.to_owned(), seed, network: network.to_owned(), ..self.clone() }
    }
}

impl PredictionSummaryRow {
    /// The row of the same network as another cell shows it.
    pub fn under(&self, cell: &str, seed: i64, network: &str) -> Self {
        Self { cell: cell.to_owned(), seed, network: network.to_owned(), ..self.clone() }
    }
}

/// Method name of the network's own probabilities in `prediction-summary.parquet`.
pub const SOFTMAX: &str = "softmax";

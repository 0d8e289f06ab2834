use super::row::frame;

frame! {
    /// `confusion.parquet`: the classes that each network answers for the test images of each class; pairs without images
    /// have no row. Empty unless a metric reads the probabilities of all classes (`expected-calibration-error`,
    /// `brier-score`, `class-accuracy`, `mean-average-precision`).
    ConfusionRow in "confusion.parquet" {
        /// Cell of the experiment.
        cell: String,
        /// Seed of the cell.
        seed: i64,
        /// Network.
        network: String,
        /// True class.
        label: u32,
        /// Its name.
        label_name: String,
        /// Class with the largest softmax probability, the first one if tied.
        predicted: u32,
        /// Its name.
        predicted_name: String,
        /// Number of images of the true class with this answer.
        images: u32 => "images",
    }
}

frame! {
    /// `calibration.parquet`: confidence and accuracy of each network's answers for the test images, by bins of
    /// confidence: those of `expected-calibration-error`, else 15. Empty when `confusion.parquet` is.
    CalibrationRow in "calibration.parquet" {
        /// Cell of the experiment.
        cell: String,
        /// Seed of the cell.
        seed: i64,
        /// Network.
        network: String,
        /// Number of the bin, from 0.
        bin: u32,
        /// Confidence above which it begins; the first bin holds 0 as well.
        from: f64 => "0 to 1",
        /// Largest confidence in it.
        to: f64 => "0 to 1",
        /// Mean confidence of its answers: the largest softmax probability; null without images.
        confidence: Option<f64> => "0 to 1",
        /// Share of right answers; null without images.
        accuracy: Option<f64> => "0 to 1",
        /// Number of images.
        images: u32 => "images",
    }
}

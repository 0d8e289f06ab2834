use super::row::frame;

frame! {
    /// `quantities.parquet`: numbers that a metric measures itself, one row per image and number. A report has them as
    /// columns of `images.parquet`.
    QuantityRow in "quantities.parquet" {
        /// Index of the image in its dataset, from 0.
        index: u32,
        /// Name of the column.
        quantity: String,
        /// The number; null where it is not defined.
        value: Option<f64>,
    }
}

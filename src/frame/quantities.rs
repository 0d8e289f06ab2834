use super::row::frame;

frame! {
    /// `quantities.parquet`: numbers that a metric measures itself, one row per image and number. A report has them as
    /// columns of `images.parquet`.
    QuantityRow in "quantities.parquet" {
        /// Index of the image in its dataset, from 0.
        index: u32,
        /// Name of the column.
        quantity: String,
        /// The number; null where it is not defined, and for a column of lists.
        value: Option<f64>,
        /// The numbers of a column of lists; empty where they are not defined.
        list: Vec<f32>,
    }
}

/// A column that a metric adds to `images.parquet`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct QuantityColumn {
    /// Its name.
    pub name: String,
    /// `true` if each image has a list of numbers.
    pub list: bool,
}

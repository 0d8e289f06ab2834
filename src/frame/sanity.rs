use super::row::frame;

frame! {
    /// `sanity.parquet`: how far a map stays what it was when the network's parameters are drawn anew, one row per image
    /// and depth. Both maps are scaled to [0, 1] at the input's size.
    SanityRow in "sanity.parquet" {
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
        /// Identifier of the image in its dataset.
        image: String,
        /// Stages drawn anew so far, from the classifier down.
        depth: u32,
        /// The last of them.
        randomised: String,
        /// The part of all parameters that has been drawn anew, 0 to 1.
        share: f32,
        /// Spearman's rank correlation of both maps; null where one is constant.
        spearman: Option<f32>,
        /// Pearson's correlation; null where one is constant.
        pearson: Option<f32>,
        /// Structural similarity; null where the input is too small for its window.
        ssim: Option<f32>,
        /// What is odd about the map of the changed network.
        flag: String,
    }
}

impl SanityRow {
    /// The same row as a cell shows it.
    pub fn under(&self, cell: &str, seed: i64, network: &str) -> Self {
        Self { cell: cell.to_owned(), seed, network: network.to_owned(), ..self.clone() }
    }
}

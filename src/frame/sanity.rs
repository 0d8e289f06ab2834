use super::row::frame;

frame! {
    /// `sanity.parquet`: cascading randomisation, the similarity of maps before and after the network's parameters
    /// are replaced by random ones; one row per image and depth. Both maps are scaled to [0, 1] at the input's size.
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
        /// Number of randomised stages, counted from the classifier.
        depth: u32,
        /// The last randomised stage.
        randomised: String,
        /// Share of all parameters that are randomised, 0 to 1.
        share: f32 => "0 to 1",
        /// Spearman's rank correlation of both maps; null if one is constant.
        spearman: Option<f32> => "-1 to 1",
        /// Pearson's correlation; null if one is constant.
        pearson: Option<f32> => "-1 to 1",
        /// Structural similarity; null if the input is too small for its window.
        ssim: Option<f32> => "-1 to 1",
        /// Degenerate content of the map of the randomised network.
        flag: String,
    }
}

frame! {
    /// The rows that `sanity.parquet` is made of, an artefact: one row per map, image and depth.
    RandomisedRow in "randomised.parquet" {
        /// Position of the map among the stage's.
        map: u32,
        /// Identifier of the image in its dataset.
        image: String,
        /// Number of stages randomised, from 1.
        depth: u32,
        /// The stage randomised last.
        randomised: String,
        /// Share of the parameters that are random, 0 to 1.
        share: f32 => "0 to 1",
        /// Spearman's rank correlation with the original map.
        spearman: Option<f32> => "-1 to 1",
        /// Pearson's correlation with the original map.
        pearson: Option<f32> => "-1 to 1",
        /// Structural similarity with the original map.
        ssim: Option<f32> => "-1 to 1",
        /// Degenerate content of the map of the randomised network.
        flag: String,
    }
}

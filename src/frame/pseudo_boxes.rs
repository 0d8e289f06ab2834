use super::row::frame;

frame! {
    /// `pseudo-boxes.parquet`, an artefact: a box per image that no person drew.
    PseudoBoxRow in "pseudo-boxes.parquet" {
        /// Index of the image in its dataset, from 0.
        index: u32,
        /// The box in pixels of the evaluation grid: x0, y0, x1, y1 (inclusive).
        corners: Vec<i32>,
    }
}

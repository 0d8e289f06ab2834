/// A single-channel map (a CAM, at any resolution): row-major `f32`, `data[y * width + x]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Map {
    /// Number of rows.
    pub height: usize,
    /// Number of columns.
    pub width: usize,
    /// `height * width` values, row by row, of any range.
    pub data: Vec<f32>,
}

impl Map {
    /// Creates a map from `data`, which must hold `height * width` values.
    ///
    /// # Panics
    /// If the length does not match: an error of the caller, never of user input.
    pub fn new(height: usize, width: usize, data: Vec<f32>) -> Self {
        assert_eq!(data.len(), height * width, "map data must be height x width");
        Self { height, width, data }
    }
}

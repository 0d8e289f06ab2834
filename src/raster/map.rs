/// A single-channel map (a CAM, on any grid): row-major `f32`, `data[y * width + x]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Map {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// `height * width` values, row by row; any range.
    pub data: Vec<f32>,
}

impl Map {
    /// A map over `data`, which must hold `height * width` values.
    ///
    /// # Panics
    /// When the length does not fit: a bug in the caller, never a user's input.
    pub fn new(height: usize, width: usize, data: Vec<f32>) -> Self {
        assert_eq!(data.len(), height * width, "map data must be height x width");
        Self { height, width, data }
    }
}

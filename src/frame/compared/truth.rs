use std::sync::Arc;

/// Ground truth of an image as it was evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageTruth {
    /// Name of the true class.
    pub label: Arc<str>,
    /// Rows and columns of the evaluation grid.
    pub size: [u32; 2],
    /// Boxes on this grid, flattened: x0, y0, x1, y1 (inclusive) per box.
    pub boxes: Vec<i32>,
}

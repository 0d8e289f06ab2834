/// An axis-aligned box in pixels, both corners inclusive (wsolevaluation's convention: width = x1 - x0 + 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct PixelBox {
    /// Left column.
    pub x0: i32,
    /// Top row.
    pub y0: i32,
    /// Right column, inclusive.
    pub x1: i32,
    /// Bottom row, inclusive.
    pub y1: i32,
}

impl PixelBox {
    /// A box from its two inclusive corners.
    pub fn new(x0: i32, y0: i32, x1: i32, y1: i32) -> Self {
        Self { x0, y0, x1, y1 }
    }
}

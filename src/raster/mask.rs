/// A ground-truth mask, row-major: 0 background, 1 object, 255 ignored by every metric.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mask {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// `height * width` values out of {0, 1, 255}.
    pub data: Vec<u8>,
}

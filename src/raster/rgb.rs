/// An 8-bit RGB image, interleaved row-major: `data[(y * width + x) * 3 + channel]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rgb {
    /// Number of rows.
    pub height: usize,
    /// Number of columns.
    pub width: usize,
    /// `height * width * 3` bytes.
    pub data: Vec<u8>,
}

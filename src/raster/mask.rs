use super::PixelBox;

/// A ground-truth mask, row-major: 0 background, 1 object, 255 ignored by every metric.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mask {
    /// Number of rows.
    pub height: usize,
    /// Number of columns.
    pub width: usize,
    /// `height * width` values, each 0, 1 or 255.
    pub data: Vec<u8>,
}

impl Mask {
    /// Value of pixels that all metrics ignore.
    pub const IGNORED: u8 = 255;

    /// Union of boxes as a mask: 1 inside any box, corners inclusive, 0 elsewhere.
    pub fn from_boxes(height: usize, width: usize, boxes: &[PixelBox]) -> Self {
        let mut data = vec![0; height * width];
        let within = |from: i32, to: i32, side: usize| {
            let from = usize::try_from(from).unwrap_or(0).min(side);
            let end = usize::try_from(i64::from(to) + 1).unwrap_or(0).min(side);
            from..end.max(from)
        };
        for one in boxes {
            let columns = within(one.x0, one.x1, width);
            for y in within(one.y0, one.y1, height) {
                data[y * width..][columns.clone()].fill(1);
            }
        }
        Self { height, width, data }
    }
}

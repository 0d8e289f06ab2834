//! Boxes by their edges, as the pixels that they cover.

use camlab_raster::PixelBox;

/// Distance from a whole number that rounding in a file of pixels is blamed for, pixels.
pub(super) const NEAR: f64 = 1e-3;

/// The same for fractions of a side, which are written with six digits or fewer.
const NEAR_FRACTION: f64 = 1e-2;

/// Pixels that an interval touches, of which pixel `k` covers `k` to `k + 1`; edges as near as `near` to a whole number
/// are that number.
fn touched(from: f64, to: f64, near: f64) -> (i32, i32) {
    let snapped = |edge: f64| if (edge - edge.round()).abs() <= near { edge.round() } else { edge };
    let first = snapped(from).floor() as i32;
    (first, (snapped(to).ceil() as i32 - 1).max(first))
}

/// The pixels that a box of left, top, width and height touches.
pub(super) fn from_extent([x, y, width, height]: [f64; 4], near: f64) -> PixelBox {
    let (x0, x1) = touched(x, x + width, near);
    let (y0, y1) = touched(y, y + height, near);
    PixelBox { x0, y0, x1, y1 }
}

/// A box as fractions of the image's sides: left, top, width, height.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct RelativeBox(pub(super) [f64; 4]);

impl RelativeBox {
    /// The pixels that it touches in an image of that width and height.
    pub(super) fn pixels(&self, (width, height): (usize, usize)) -> PixelBox {
        let (w, h) = (width as f64, height as f64);
        let [x, y, across, down] = self.0;
        from_extent([x * w, y * h, across * w, down * h], NEAR_FRACTION)
    }
}

use super::LEVELS;
use crate::PixelBox;

/// Bounding box of a contour's pixels, corners inclusive, in the framed image (shifted by 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bounds {
    pub(super) x0: u16,
    pub(super) y0: u16,
    pub(super) x1: u16,
    pub(super) y1: u16,
}

impl Bounds {
    pub(super) fn of_pixel(x: u16, y: u16) -> Self {
        Self { x0: x, y0: y, x1: x, y1: y }
    }

    pub(super) fn hold(self, other: Self) -> bool {
        // Non-short-circuit `&` makes one branch instead of four: most pixels lie inside.
        (self.x0 <= other.x0) & (self.y0 <= other.y0) & (self.x1 >= other.x1) & (self.y1 >= other.y1)
    }

    pub(super) fn around(self, other: Self) -> Self {
        Self {
            x0: self.x0.min(other.x0),
            y0: self.y0.min(other.y0),
            x1: self.x1.max(other.x1),
            y1: self.y1.max(other.y1),
        }
    }

    /// Grown by one pixel on each side. Cannot underflow, since holes never touch the frame.
    pub(super) fn grown(self) -> Self {
        Self { x0: self.x0 - 1, y0: self.y0 - 1, x1: self.x1 + 1, y1: self.y1 + 1 }
    }

    /// Twice the area between the centres of the corner pixels: an upper bound for every contour inside.
    pub(super) fn twice_area(self) -> u64 {
        2 * u64::from(self.x1 - self.x0) * u64::from(self.y1 - self.y0)
    }

    /// Box of a contour as in wsolevaluation: `(x, y, x + w, y + h)`, clipped to the last column and row.
    pub(super) fn to_box(self, height: usize, width: usize) -> PixelBox {
        // Framed coordinates are already larger by one, so the far corner `x + w` needs no correction.
        PixelBox {
            x0: i32::from(self.x0) - 1,
            y0: i32::from(self.y0) - 1,
            x1: i32::from(self.x1).min(width as i32 - 1),
            y1: i32::from(self.y1).min(height as i32 - 1),
        }
    }
}

/// A bounding box and the levels (or times) in which it exists, first and last inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) bounds: Bounds,
    pub(super) first: u8,
    pub(super) last: u8,
}

/// Counts the spans that exist at each level.
pub(super) fn count_by_level(spans: &[Span], counts: &mut [u32; LEVELS]) {
    let mut steps = [0i32; LEVELS + 1];
    for span in spans {
        steps[span.first as usize] += 1;
        steps[span.last as usize + 1] -= 1;
    }
    let mut standing = 0;
    for (count, step) in counts.iter_mut().zip(steps) {
        standing += step;
        *count = standing as u32;
    }
}

/// An axis-aligned box in pixels, both corners inclusive (wsolevaluation's convention: width = x1 - x0 + 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
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
    /// Creates a box from its two inclusive corners.
    pub fn new(x0: i32, y0: i32, x1: i32, y1: i32) -> Self {
        Self { x0, y0, x1, y1 }
    }

    /// Number of pixels; 0 if the corners are in reverse order.
    pub fn area(self) -> u64 {
        extent(self.x0, self.x1).saturating_mul(extent(self.y0, self.y1))
    }

    /// Pixels that both boxes contain; its area is 0 if they share none.
    pub fn intersection(self, other: Self) -> Self {
        Self {
            x0: self.x0.max(other.x0),
            y0: self.y0.max(other.y0),
            x1: self.x1.min(other.x1),
            y1: self.y1.min(other.y1),
        }
    }

    /// Intersection over union with inclusive corners (`calculate_multiple_iou` of wsolevaluation): in `[0, 1]`, 0 if
    /// the boxes share no pixel.
    pub fn iou(self, other: Self) -> f64 {
        let shared = self.intersection(other).area();
        if shared == 0 {
            return 0.0;
        }
        // In f64: exact below 2^53 pixels, and without overflow above.
        let shared = shared as f64;
        shared / (self.area() as f64 + other.area() as f64 - shared)
    }

    /// Scales the box with its image from `from` to `to`, both `(height, width)`: each coordinate is multiplied,
    /// divided and truncated, as in `resize_bbox` of wsolevaluation.
    pub fn scaled(self, from: (usize, usize), to: (usize, usize)) -> Self {
        let scale = |coordinate: i32, from: usize, to: usize| {
            (f64::from(coordinate) * to as f64 / from as f64) as i32
        };
        Self {
            x0: scale(self.x0, from.1, to.1),
            y0: scale(self.y0, from.0, to.0),
            x1: scale(self.x1, from.1, to.1),
            y1: scale(self.y1, from.0, to.0),
        }
    }
}

/// Number of pixels from one coordinate to another, both inclusive.
fn extent(from: i32, to: i32) -> u64 {
    u64::try_from(i64::from(to) - i64::from(from) + 1).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values from wsolevaluation's `evaluation_test.py`.
    #[test]
    fn agrees_with_wsolevaluation() {
        assert_eq!(PixelBox::new(1, 2, 5, 6).iou(PixelBox::new(3, 1, 4, 5)), 8.0 / 27.0);
        assert_eq!(PixelBox::new(1, 2, 4, 3).scaled((20, 10), (10, 35)), PixelBox::new(3, 1, 14, 1));
    }

    #[test]
    fn a_box_of_any_coordinates_has_an_overlap() {
        let all = PixelBox::new(i32::MIN, i32::MIN, i32::MAX, i32::MAX);
        assert_eq!((all.iou(all), all.area()), (1.0, u64::MAX));
        assert!(all.iou(PixelBox::new(0, 0, 223, 223)) < 1e-9);
    }
}

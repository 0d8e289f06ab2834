//! Grey levels and filters of 8-bit images in OpenCV's fixed-point arithmetic.

use crate::Rgb;

/// Bits after the point of the luma weights.
const LUMA_BITS: u32 = 15;
/// 0.299, 0.587 and 0.114 (ITU-R BT.601) with [`LUMA_BITS`]; their sum is 1.
const LUMA: [u32; 3] = [9798, 19235, 3735];
/// Bits after the point of the weights of a resized image.
const RESIZE_BITS: u32 = 8;

/// An 8-bit image of one channel, row-major.
pub(super) struct Grey {
    pub(super) height: usize,
    pub(super) width: usize,
    pub(super) data: Vec<u8>,
}

impl Grey {
    /// Luma of an image (`cv2.cvtColor` to grey).
    pub(super) fn of(photo: &Rgb) -> Self {
        let luma = |pixel: &[u8]| {
            let sum: u32 = pixel.iter().zip(LUMA).map(|(level, weight)| u32::from(*level) * weight).sum();
            ((sum + (1 << (LUMA_BITS - 1))) >> LUMA_BITS) as u8
        };
        let data = photo.data.chunks_exact(3).map(luma).collect();
        Self { height: photo.height, width: photo.width, data }
    }

    /// Convolution with the binomial kernel (1, 2, 1) / 4 along both axes, mirrored at the border
    /// (`cv2.GaussianBlur` of 3 x 3 pixels).
    pub(super) fn smoothed(&self) -> Self {
        let (height, width) = (self.height, self.width);
        let at = |y: usize, x: usize| u32::from(self.data[y * width + x]);
        let mut data = Vec::with_capacity(self.data.len());
        for y in 0..height {
            let (above, below) = beside(y, height);
            for x in 0..width {
                let (left, right) = beside(x, width);
                let row = |y: usize| at(y, left) + 2 * at(y, x) + at(y, right);
                data.push(((row(above) + 2 * row(y) + row(below) + 8) >> 4) as u8);
            }
        }
        Self { height, width, data }
    }

    /// Bilinear resizing to `side` x `side` without antialiasing, halves rounded up (`cv2.resize` of 8-bit images,
    /// `INTER_LINEAR_EXACT`). Exact if `side` divides 128.
    pub(super) fn resized(&self, side: usize) -> Self {
        let (across, down) = (places(self.width, side), places(self.height, side));
        let mut data = Vec::with_capacity(side * side);
        for (rows, [upper, lower]) in &down {
            for (columns, [left, right]) in &across {
                let along = |y: usize| {
                    let at = |x: usize| u32::from(self.data[y * self.width + x]);
                    at(columns[0]) * left + at(columns[1]) * right
                };
                let sum = along(rows[0]) * upper + along(rows[1]) * lower;
                data.push(((sum + (1 << (2 * RESIZE_BITS - 1))) >> (2 * RESIZE_BITS)) as u8);
            }
        }
        Self { height: side, width: side, data }
    }
}

/// Indices of the two neighbours, mirrored about the border pixels.
fn beside(place: usize, side: usize) -> (usize, usize) {
    let last = side - 1;
    let before = if place == 0 { 1.min(last) } else { place - 1 };
    let after = if place == last { last.saturating_sub(1) } else { place + 1 };
    (before, after)
}

/// The two source pixels of every target pixel along one axis (border replicated), and their weights with
/// [`RESIZE_BITS`].
fn places(from: usize, to: usize) -> Vec<([usize; 2], [u32; 2])> {
    let one = 1 << RESIZE_BITS;
    let place = |at: usize| {
        let centre = (at as f64 + 0.5) * (from as f64 / to as f64) - 0.5;
        let first = centre.floor();
        let second = ((centre - first) * f64::from(one)).round() as u32;
        let inside = |x: f64| x.clamp(0.0, from as f64 - 1.0) as usize;
        ([inside(first), inside(first + 1.0)], [one - second, second])
    };
    (0..to).map(place).collect()
}

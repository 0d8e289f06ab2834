//! Windows of the input copied into the layout that the tile instructions read (im2col).

use std::arch::x86_64::{_mm512_loadu_si512, _mm512_storeu_si512};
use std::ops::Range;

use half::bf16;

use super::sizes::{BLOCK, STEP};
use crate::ConvShape;

/// A cache line of zeros, read in place of padding.
#[repr(align(64))]
struct ZeroLine([bf16; STEP]);
static ZEROS: ZeroLine = ZeroLine([bf16::ZERO; STEP]);

/// Start of an output pixel's window: its image, and row and column of its first tap (which may be in the
/// padding).
#[derive(Clone, Copy, Default)]
struct Corner {
    image: usize,
    y: isize,
    x: isize,
}

/// Copies the windows of one block's output pixels.
pub(super) struct Gather<'a> {
    shape: &'a ConvShape,
    input: &'a [bf16],
    corners: [Corner; BLOCK],
    rows: usize,
}

impl<'a> Gather<'a> {
    /// The windows of the output pixels `pixels` (counted over all images), at most 32.
    pub fn new(shape: &'a ConvShape, input: &'a [bf16], pixels: Range<usize>) -> Self {
        let mut corners = [Corner::default(); BLOCK];
        let [out_height, out_width] = shape.out_size;
        let geometry = shape.geometry;
        let (mut x, mut y) = (pixels.start % out_width, pixels.start / out_width);
        let mut image = y / out_height;
        y %= out_height;
        for corner in &mut corners[..pixels.len()] {
            *corner = Corner {
                image,
                y: (y * geometry.stride[0]) as isize - geometry.padding[0].before as isize,
                x: (x * geometry.stride[1]) as isize - geometry.padding[1].before as isize,
            };
            x += 1;
            if x == out_width {
                (x, y) = (0, y + 1);
                if y == out_height {
                    (y, image) = (0, image + 1);
                }
            }
        }
        Self { shape, input, corners, rows: pixels.len() }
    }

    /// Index of the channels under a tap of one window, `None` in the padding.
    #[inline(always)]
    fn pixel(&self, corner: Corner, tap: [usize; 2]) -> Option<usize> {
        let [height, width] = self.shape.in_size;
        let [down, across] = self.shape.geometry.dilation;
        let (y, x) = (corner.y + (tap[0] * down) as isize, corner.x + (tap[1] * across) as isize);
        let inside = (y as usize) < height && (x as usize) < width;
        inside.then(|| ((corner.image * height + y as usize) * width + x as usize) * self.shape.in_channels)
    }

    /// Copies `steps` into `to`, 32 lines per step; requires channels that fill whole steps.
    ///
    /// # Safety
    /// The channels are a multiple of 32, the steps are within the window, `to` has room for `steps.len()` x
    /// 32 lines, and the machine has AVX-512.
    #[target_feature(enable = "avx512f")]
    pub unsafe fn steps(&self, steps: Range<usize>, to: *mut u8) {
        let per_tap = self.shape.in_channels / STEP;
        let mut to = to;
        let mut step = steps.start;
        while step < steps.end {
            let tap = step / per_tap;
            let within = step % per_tap..(steps.end - tap * per_tap).min(per_tap);
            let tap = [tap / self.shape.kernel[1], tap % self.shape.kernel[1]];
            let mut from = [(ZEROS.0.as_ptr().cast::<u8>(), 0usize); BLOCK];
            for (from, &corner) in from.iter_mut().zip(&self.corners[..self.rows]) {
                if let Some(at) = self.pixel(corner, tap) {
                    let line = self.input[at..at + self.shape.in_channels].as_ptr();
                    *from = (line.wrapping_add(within.start * STEP).cast(), 64);
                }
            }
            step += within.len();
            for index in 0..within.len() {
                for (row, &(line, pace)) in from[..self.rows].iter().enumerate() {
                    // SAFETY: `line` has the channels of one pixel, or is the line of zeros, read repeatedly;
                    // the caller guarantees `to`.
                    unsafe {
                        let value = _mm512_loadu_si512(line.add(index * pace).cast());
                        _mm512_storeu_si512(to.add(row * 64).cast(), value);
                    }
                }
                to = to.wrapping_add(BLOCK * 64);
            }
        }
    }
}

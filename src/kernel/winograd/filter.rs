//! Filters in the Winograd domain: `G g G^T` for each pair of channels.

#![expect(clippy::needless_range_loop, reason = "rows and columns of small matrices, as in the equations")]

use super::{FREQUENCIES, TAPS};
use crate::f32::filter::Panels;
use crate::f32::tile::panel_width;
use crate::lanes::Lanes;
use crate::vectorised::{Vectorised, vectorised};
use crate::{ConvShape, Isa};

/// The rows of `G`, for the points 0, 1, -1, 2, -2 and infinity.
const G: [[f32; 3]; 6] = [
    [1.0 / 4.0, 0.0, 0.0],
    [-1.0 / 6.0, -1.0 / 6.0, -1.0 / 6.0],
    [-1.0 / 6.0, 1.0 / 6.0, -1.0 / 6.0],
    [1.0 / 24.0, 1.0 / 12.0, 1.0 / 6.0],
    [1.0 / 24.0, -1.0 / 12.0, 1.0 / 6.0],
    [0.0, 0.0, 1.0],
];

/// A matrix of `in x out` channels for each of the 36 frequencies, in panels.
#[derive(Clone, Debug)]
pub(crate) struct WinogradFilter {
    pub panels: Panels,
}

impl WinogradFilter {
    /// Transforms filters whose 3x3 taps for a pair of channels `(input, output)` are `taps(input, output)`.
    pub fn new(isa: Isa, shape: &ConvShape, taps: impl Fn(usize, usize) -> [f32; 9] + Sync) -> Self {
        let (inputs, outputs) = (shape.in_channels, shape.out_channels);
        let width = panel_width(isa);
        let panels = Panels::write_rows(isa, [FREQUENCIES, inputs, outputs], |panel, input, stride, rows| {
            let mut filters = [0.0; TAPS * WIDEST];
            for n in 0..width.min(outputs - panel * width) {
                for (tap, weight) in taps(input, panel * width + n).into_iter().enumerate() {
                    filters[tap * width + n] = weight;
                }
            }
            vectorised(isa, Transform { filters: &filters, width, channels: 1, stride, rows });
        });
        Self { panels }
    }
}

/// Columns of the widest panel.
const WIDEST: usize = 32;

/// Transforms a panel's filters for some input channels to the rows of all frequencies.
pub(super) struct Transform<'a> {
    /// For each channel a row for every tap, in memory order.
    pub filters: &'a [f32],
    /// Number of columns.
    pub width: usize,
    /// Number of input channels.
    pub channels: usize,
    /// Numbers between the rows of two frequencies.
    pub stride: usize,
    /// For each frequency a row for every channel.
    pub rows: &'a mut [f32],
}

impl Vectorised for Transform<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        let Self { filters, width, channels, stride, rows } = self;
        let block = channels * width;
        assert!(rows.len() >= (FREQUENCIES - 1) * stride + block && filters.len() >= TAPS * block);
        for at in (0..block).step_by(L::WIDTH) {
            let from = at / width * TAPS * width + at % width;
            // SAFETY: a panel is a whole number of vectors wide; lengths of filters and rows were asserted
            // above.
            unsafe {
                let tap = |index: usize| L::load(filters.as_ptr().add(from + index * width));
                // Loops, not closures over arrays: those are not compiled for the instructions of `L`.
                let mut lines = [[L::splat(0.0); 3]; 6];
                for x in 0..3 {
                    for y in 0..6 {
                        lines[y][x] = combine(&G[y], [tap(x), tap(x + 3), tap(x + 6)]);
                    }
                }
                for y in 0..6 {
                    for x in 0..6 {
                        let to = rows.as_mut_ptr().add((6 * y + x) * stride + at);
                        combine(&G[x], lines[y]).store(to);
                    }
                }
            }
        }
    }
}

/// Dot product of a row of `G` with three values.
#[inline(always)]
unsafe fn combine<L: Lanes>(row: &[f32; 3], values: [L; 3]) -> L {
    // SAFETY: the caller runs on a machine with `L`.
    unsafe {
        let last = L::splat(row[2]).mul(values[2]);
        L::splat(row[0]).mul_add(values[0], L::splat(row[1]).mul_add(values[1], last))
    }
}

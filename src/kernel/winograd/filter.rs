//! Filters in Winograd's domain: `G g G^T` for each pair of channels.

use super::FREQUENCIES;
use crate::kernel::f32::filter::Panels;
use crate::kernel::{ConvShape, Isa};

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
pub(in crate::kernel) struct WinogradFilter {
    pub panels: Panels,
}

impl WinogradFilter {
    /// Transforms filters whose 3x3 taps for a pair of channels `(input, output)` are `taps(input, output)`.
    pub fn new(isa: Isa, shape: &ConvShape, taps: impl Fn(usize, usize) -> [f32; 9] + Sync) -> Self {
        let (inputs, outputs) = (shape.in_channels, shape.out_channels);
        let panels = Panels::pack(isa, FREQUENCIES, inputs, outputs, |frequency, k, n| {
            let (row, column) = (&G[frequency / 6], &G[frequency % 6]);
            let taps = taps(k, n);
            let mut sum = 0.0;
            for y in 0..3 {
                let line =
                    column[0] * taps[3 * y] + column[1] * taps[3 * y + 1] + column[2] * taps[3 * y + 2];
                sum += row[y] * line;
            }
            sum
        });
        Self { panels }
    }
}

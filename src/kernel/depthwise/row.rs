//! One row of a depthwise convolution's output.

use std::ops::Range;

use crate::lanes::Lanes;
use crate::unrolled::unrolled;
use crate::vectorised::{Vectorised, vectorised};
use crate::window::AxisWindow;
use crate::{Isa, OutputRange};

/// Vectors of channels that are computed together at the image's left and right edge.
const VECTORS: usize = 4;

/// A row of the window that lies inside the image.
#[derive(Clone, Copy)]
pub(crate) struct TapRow {
    /// The first channel of the row's first pixel.
    pub input: *const f32,
    /// The first channel's weight of the row's first tap.
    pub weights: *const f32,
}

/// One row of the output, of some neighbouring channels: where its operands lie.
pub(crate) struct WindowRow<'a> {
    /// The window across the row.
    pub across: AxisWindow,
    /// Pixels of an input row.
    pub width: usize,
    /// Pixels of the output row.
    pub columns: usize,
    /// Number of channels.
    pub channels: usize,
    /// The window's rows inside the image, from top to bottom.
    pub rows: &'a [TapRow],
    /// Numbers between neighbouring pixels of the input.
    pub input_step: usize,
    /// Numbers between the weights of neighbouring taps.
    pub weight_step: usize,
    /// The first channel's bias, or null.
    pub bias: *const f32,
    /// Addends of the output, in its layout, or null. May be `output` itself.
    pub residual: *const f32,
    /// Range of the outputs.
    pub range: OutputRange,
    /// The first channel of the output row's first pixel.
    pub output: *mut f32,
    /// Numbers between neighbouring pixels of the output.
    pub output_step: usize,
}

impl WindowRow<'_> {
    /// Computes the row. The order of every sum is that of the taps, from top left to bottom right.
    ///
    /// # Safety
    /// The pointers are valid for the pixels and channels described.
    pub unsafe fn compute(self, isa: Isa) {
        vectorised(isa, self);
    }
}

impl Vectorised for WindowRow<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        let across = &self.across;
        let inside = self.inside();
        let known = if across.dilation == 1 { (across.kernel, across.stride) } else { (0, 0) };
        // SAFETY: as `compute`; all taps of the columns `inside` lie inside the row.
        unsafe {
            self.any::<L>(0..inside.start);
            let rest = match known {
                (3, 1) => self.known::<L, 3, 1>(inside.clone()),
                (3, 2) => self.known::<L, 3, 2>(inside.clone()),
                (5, 1) => self.known::<L, 5, 1>(inside.clone()),
                (5, 2) => self.known::<L, 5, 2>(inside.clone()),
                (7, 1) => self.known::<L, 7, 1>(inside.clone()),
                _ => inside.start,
            };
            self.any::<L>(rest..self.columns);
        }
    }
}

impl WindowRow<'_> {
    /// Output columns at which every tap lies inside the row.
    #[inline(always)]
    fn inside(&self) -> Range<usize> {
        let across = &self.across;
        let reach = across.dilation * (across.kernel - 1);
        let first = across.padding.before.div_ceil(across.stride).min(self.columns);
        let end = (self.width + across.padding.before)
            .checked_sub(reach + 1)
            .map_or(0, |last| last / across.stride + 1)
            .clamp(first, self.columns);
        first..end
    }

    /// Computes output columns of any window.
    ///
    /// # Safety
    /// As [`Self::compute`], for these columns; the machine has the instructions of `L`.
    #[inline(always)]
    unsafe fn any<L: Lanes>(&self, columns: Range<usize>) {
        // A loop, not `for_each`: closures that are not inlined are compiled without the instructions.
        for column in columns {
            // SAFETY: as the caller.
            unsafe { self.column::<L>(column, 0) }
        }
    }

    /// Computes the channels from `block` on of one output column of any window.
    ///
    /// # Safety
    /// As [`Self::any`].
    #[inline(always)]
    unsafe fn column<L: Lanes>(&self, column: usize, mut block: usize) {
        let across = &self.across;
        let at =
            |tap: usize| (column * across.stride + tap * across.dilation).wrapping_sub(across.padding.before);
        // Neighbouring taps: the first and the last lie inside, so those between them do.
        let first = (0..across.kernel).find(|tap| at(*tap) < self.width).unwrap_or(across.kernel);
        let end = (first..across.kernel).find(|tap| at(*tap) >= self.width).unwrap_or(across.kernel);
        let left = at(first).wrapping_mul(self.input_step);
        // SAFETY: as the caller; the last block reads and writes the channels left only.
        unsafe {
            while block + VECTORS * L::WIDTH <= self.channels {
                self.pixel::<L, VECTORS>(column, first..end, left, block, |from| L::load(from));
                block += VECTORS * L::WIDTH;
            }
            if block + 2 * L::WIDTH <= self.channels {
                self.pixel::<L, 2>(column, first..end, left, block, |from| L::load(from));
                block += 2 * L::WIDTH;
            }
            if block + L::WIDTH <= self.channels {
                self.pixel::<L, 1>(column, first..end, left, block, |from| L::load(from));
                block += L::WIDTH;
            }
            if block < self.channels {
                let count = self.channels - block;
                self.pixel::<L, 1>(column, first..end, left, block, |from| L::load_first(from, count));
            }
        }
    }

    /// Computes the channels of `N` vectors from `block` on that `load` reads, of one output pixel; `left` is the index in
    /// a row of its first tap inside.
    ///
    /// # Safety
    /// As [`Self::any`]; the taps lie inside the row.
    #[inline(always)]
    unsafe fn pixel<L: Lanes, const N: usize>(
        &self,
        column: usize,
        taps: Range<usize>,
        left: usize,
        block: usize,
        load: impl Fn(*const f32) -> L,
    ) {
        // SAFETY: as the caller.
        unsafe {
            let mut sums = [L::splat(0.0); N];
            for TapRow { input, weights } in self.rows {
                let mut input = input.wrapping_add(left + block);
                let mut weights = weights.wrapping_add(taps.start * self.weight_step + block);
                for _ in taps.clone() {
                    unrolled!(up to 8: N, |place| {
                        let value = load(input.wrapping_add(place * L::WIDTH));
                        let weight = load(weights.wrapping_add(place * L::WIDTH));
                        sums[place] = value.mul_add(weight, sums[place]);
                    });
                    input = input.wrapping_add(self.across.dilation * self.input_step);
                    weights = weights.wrapping_add(self.weight_step);
                }
            }
            unrolled!(up to 8: N, |place| { self.store(column, block + place * L::WIDTH, [sums[place]]) });
        }
    }

    /// Computes output columns of a window of `K` taps and stride `S`, four or eight at a time; returns the first of the columns
    /// left.
    ///
    /// # Safety
    /// As [`Self::any`]; the window is this one, without dilation, and all taps of the columns lie inside the row.
    #[inline(always)]
    unsafe fn known<L: Lanes, const K: usize, const S: usize>(&self, columns: Range<usize>) -> usize {
        let mut column = columns.start;
        // SAFETY: as the caller.
        unsafe {
            while column + 8 <= columns.end {
                self.pixels::<L, K, S, 8>(column);
                column += 8;
            }
            if column + 4 <= columns.end {
                self.pixels::<L, K, S, 4>(column);
                column += 4;
            }
            // Fewer than four are left: computed with those before them, which come out the same again.
            let again = columns.len() >= 4 && !std::ptr::eq(self.residual, self.output);
            if column < columns.end && again {
                self.pixels::<L, K, S, 4>(columns.end - 4);
                column = columns.end;
            }
        }
        column
    }

    /// Computes `N` neighbouring output pixels of such a window: every input and every weight is loaded once for all of them.
    ///
    /// # Safety
    /// As [`Self::known`].
    #[inline(always)]
    unsafe fn pixels<L: Lanes, const K: usize, const S: usize, const N: usize>(&self, column: usize) {
        let whole = self.channels / L::WIDTH * L::WIDTH;
        let left = (column * S - self.across.padding.before) * self.input_step;
        // SAFETY: as the caller.
        unsafe {
            for block in (0..whole).step_by(L::WIDTH) {
                let mut sums = [L::splat(0.0); N];
                for TapRow { input, weights } in self.rows {
                    let mut weights = weights.wrapping_add(block);
                    let mut across = [L::splat(0.0); K];
                    unrolled!(up to 8: K, |tap| {
                        across[tap] = L::load(weights);
                        weights = weights.wrapping_add(self.weight_step);
                    });
                    let mut input = input.wrapping_add(left + block);
                    unrolled!((N - 1) * S + K, |place| {
                        let value = L::load(input);
                        input = input.wrapping_add(self.input_step);
                        unrolled!(up to 8: N, |pixel| {
                            if place >= pixel * S && place < pixel * S + K {
                                sums[pixel] = value.mul_add(across[place - pixel * S], sums[pixel]);
                            }
                        });
                    });
                }
                self.store(column, block, sums);
            }
            // The channels left are fewer than a vector.
            if whole < self.channels {
                for column in column..column + N {
                    self.column::<L>(column, whole);
                }
            }
        }
    }

    /// Stores the sums of neighbouring pixels, with the epilogue, for the channels from `block` on.
    ///
    /// # Safety
    /// As [`Self::any`], for these pixels.
    #[inline(always)]
    unsafe fn store<L: Lanes, const N: usize>(&self, column: usize, block: usize, sums: [L; N]) {
        let count = (self.channels - block).min(L::WIDTH);
        // SAFETY: as the caller.
        unsafe {
            let load = |from: *const f32| {
                if count == L::WIDTH { L::load(from) } else { L::load_first(from, count) }
            };
            let bias = if self.bias.is_null() { L::splat(0.0) } else { load(self.bias.wrapping_add(block)) };
            let mut sums = sums;
            unrolled!(up to 8: N, |pixel| { sums[pixel] = sums[pixel].add(bias) });
            let index = column * self.output_step + block;
            if !self.residual.is_null() {
                unrolled!(up to 8: N, |pixel| {
                    let residual = self.residual.wrapping_add(index + pixel * self.output_step);
                    sums[pixel] = sums[pixel].add(load(residual));
                });
            }
            unrolled!(up to 8: N, |pixel| {
                let sum = self.range.limit_lanes(sums[pixel]);
                let to = self.output.wrapping_add(index + pixel * self.output_step);
                if count == L::WIDTH { sum.store(to) } else { sum.store_first(to, count) }
            });
        }
    }
}

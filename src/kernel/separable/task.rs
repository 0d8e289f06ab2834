//! Some rows of a block's output, computed in bands.

use std::ops::Range;

use super::dense::{DenseConv, PixelRun};
use super::{DepthwiseFilter, SeparablePart};
use crate::depthwise::{WindowRow, tap_rows};
use crate::elementwise::apply_to_rows;
use crate::f32::gather::gather;
use crate::f32::tile::panel_width;
use crate::raw::Shared;
use crate::scratch::with_scratch;
use crate::{ConvShape, Elementwise, Residual};

/// Numbers of a panel's input rows of the depthwise convolution: most of a core's L1 cache.
const ROWS: usize = 6 << 10;
/// Numbers of a band's output of the depthwise convolution: a part of a core's L2 cache.
const BAND: usize = 1 << 15;

/// Sizes of a band.
pub(super) struct BandSize {
    /// Rows of the depthwise convolution's output.
    rows: usize,
    /// Rows of its input that are held: those of a band and those that it shares with the band above.
    held: usize,
    /// Numbers between neighbouring pixels of a band's output, a line more than the channels: with a power of two, many pixels
    /// would map to the same cache sets.
    step: usize,
}

impl BandSize {
    /// Sizes for panels of `panel` channels, with or without convolutions before and after.
    pub fn of(inner: &ConvShape, panel: usize, before: bool, after: bool) -> Self {
        let down = inner.window(0);
        let step = inner.out_channels.next_multiple_of(16) + 16;
        let mut rows = inner.out_size[0];
        if before {
            let held = ROWS / (inner.in_size[1] * panel);
            rows = rows.min(held.saturating_sub(down.overlap()) / down.stride);
        }
        if after {
            rows = rows.min(BAND / (inner.out_size[1] * step));
        }
        let rows = rows.max(1);
        Self { rows, held: (rows - 1) * down.stride + down.reach(), step }
    }
}

/// Some rows of one image's output.
pub(super) struct SeparableTask<'a> {
    pub inner: &'a SeparablePart<'a>,
    pub filter: &'a DepthwiseFilter,
    pub before: Option<&'a DenseConv<'a>>,
    pub after: Option<&'a DenseConv<'a>>,
    pub band: &'a BandSize,
    pub image: usize,
    pub rows: Range<usize>,
    pub input: &'a [f32],
    pub residual: Residual<'a, f32>,
    pub out: &'a Shared<'a>,
}

impl SeparableTask<'_> {
    /// Computes the rows.
    ///
    /// # Safety
    /// No other task writes these rows of the output while this one runs.
    pub unsafe fn run(self) {
        let shape = &self.inner.shape;
        let width = panel_width(self.filter.isa);
        let row = shape.in_size[1] * width;
        let held = match self.before {
            Some(_) => shape.in_channels.div_ceil(width) * self.band.held * row,
            None => 0,
        };
        let made = match self.after {
            Some(_) => self.band.rows * shape.out_size[1] * self.band.step,
            None => 0,
        };
        // Windows of the convolution before, unless the image is its own matrix of windows.
        let windows = match self.before {
            Some(before) if !before.shape.is_pointwise() => {
                self.band.held * shape.in_size[1] * window(before)
            }
            _ => 0,
        };
        with_scratch(held + made + windows, |scratch| {
            let (held, rest) = scratch.split_at_mut(held);
            let (made, windows) = rest.split_at_mut(made);
            let mut known = 0;
            let mut first = self.rows.start;
            while first < self.rows.end {
                let rows = first..(first + self.band.rows).min(self.rows.end);
                // SAFETY: as the caller.
                unsafe {
                    match self.before {
                        Some(before) => {
                            let wanted = self.wanted(&rows);
                            let new = wanted.start.max(known)..wanted.end;
                            known = wanted.end;
                            if !windows.is_empty() {
                                let pixel = |y: usize| (self.image * shape.in_size[0] + y) * shape.in_size[1];
                                let pixels = pixel(new.start)..pixel(new.end);
                                gather(&before.shape, self.input, 0, pixels, window(before), windows);
                            }
                            for panel in 0..shape.in_channels.div_ceil(width) {
                                let held = &mut held[panel * self.band.held * row..][..self.band.held * row];
                                self.expand(before, panel, new.clone(), windows, held);
                                let channels = panel * width..((panel + 1) * width).min(shape.in_channels);
                                let input = |y: usize| held[y % self.band.held * row..].as_ptr();
                                self.convolve(&rows, channels, width, input, made);
                            }
                        }
                        None => {
                            let pixel = shape.in_channels;
                            let image = self.image * shape.in_pixels() * pixel;
                            let line = shape.in_size[1] * pixel;
                            let input = |y: usize| self.input[image + y * line..].as_ptr();
                            self.convolve(&rows, 0..pixel, pixel, input, made);
                        }
                    }
                    match self.after {
                        Some(after) => {
                            self.finish_made(&rows, made);
                            self.project(after, &rows, made);
                            self.finish_output(after.finish, &rows, after.panels.columns);
                        }
                        None => self.finish_output(self.inner.finish, &rows, shape.out_channels),
                    }
                }
                first = rows.end;
            }
        });
    }

    /// Rows of the depthwise convolution's input that some rows of its output read.
    fn wanted(&self, rows: &Range<usize>) -> Range<usize> {
        let shape = &self.inner.shape;
        let down = shape.window(0);
        let from = |row: usize| (row * down.stride).saturating_sub(down.padding.before);
        let end = ((rows.end - 1) * down.stride + down.reach()).saturating_sub(down.padding.before);
        let end = end.min(shape.in_size[0]);
        from(rows.start).min(end)..end
    }

    /// Computes a panel of channels of the convolution before, for rows `new` of its output; `windows` holds their windows if it
    /// is not pointwise, `held` is a ring of rows.
    fn expand(
        &self,
        before: &DenseConv<'_>,
        panel: usize,
        new: Range<usize>,
        windows: &[f32],
        held: &mut [f32],
    ) {
        let shape = &self.inner.shape;
        let columns = shape.in_size[1];
        let width = panel_width(before.panels.isa);
        let mut y = new.start;
        while y < new.end {
            let slot = y % self.band.held;
            let count = (new.end - y).min(self.band.held - slot);
            let (input, step) = match windows {
                [] => {
                    let depth = before.panels.depth;
                    (&self.input[(self.image * shape.in_size[0] + y) * columns * depth..], depth)
                }
                windows => {
                    let step = window(before);
                    (&windows[(y - new.start) * columns * step..], step)
                }
            };
            let run = PixelRun {
                count: count * columns,
                input: input.as_ptr(),
                input_step: step,
                output: held[slot * columns * width..].as_mut_ptr(),
                output_step: width,
                residual: std::ptr::null(),
            };
            // SAFETY: the windows lie inside the image or were gathered, and the rows inside the ring.
            unsafe { before.apply(panel, &run) }
            if let Some(function) = before.finish {
                function.apply(&mut held[slot * columns * width..][..count * columns * width]);
            }
            y += count;
        }
    }

    /// Computes channels of the depthwise convolution, for rows of its output: into `made`, or into the output if nothing
    /// comes after. `input(y)` is the first of the channels in row `y`, whose pixels are `step` numbers apart.
    ///
    /// # Safety
    /// No other task writes these rows.
    unsafe fn convolve(
        &self,
        rows: &Range<usize>,
        channels: Range<usize>,
        step: usize,
        input: impl Fn(usize) -> *const f32,
        made: &mut [f32],
    ) {
        let shape = &self.inner.shape;
        let mut taps = Vec::with_capacity(shape.kernel[0]);
        for row in rows.clone() {
            tap_rows(shape, row, &input, &self.filter.weights[channels.start..], &mut taps);
            let pixel = (self.image * shape.out_size[0] + row) * shape.out_size[1];
            let index = pixel * shape.out_channels + channels.start;
            let (output, output_step, residual) = match self.after {
                Some(_) => {
                    let place = (row - rows.start) * shape.out_size[1] * self.band.step + channels.start;
                    (made[place..].as_mut_ptr(), self.band.step, std::ptr::null())
                }
                None => (self.out.at(index), shape.out_channels, self.residual.at(index, self.out)),
            };
            let row = WindowRow {
                across: shape.window(1),
                width: shape.in_size[1],
                columns: shape.out_size[1],
                channels: channels.len(),
                rows: &taps,
                input_step: step,
                weight_step: shape.in_channels,
                bias: self.inner.bias[channels.start..].as_ptr(),
                residual,
                range: self.inner.range,
                output,
                output_step,
            };
            // SAFETY: the rows read were computed or lie inside the image, and those written inside the band or the output,
            // as the caller guarantees.
            unsafe { row.compute(self.filter.isa) }
        }
    }

    /// Applies the depthwise convolution's function to the band `made`.
    fn finish_made(&self, rows: &Range<usize>, made: &mut [f32]) {
        let Some(function) = self.inner.finish else { return };
        let shape = &self.inner.shape;
        let pixels = made.chunks_mut(self.band.step).take(rows.len() * shape.out_size[1]);
        pixels.for_each(|pixel| function.apply(&mut pixel[..shape.out_channels]));
    }

    /// Applies the last convolution's function to rows of the output, which has `channels`.
    ///
    /// # Safety
    /// No other task reads or writes these rows.
    unsafe fn finish_output(&self, function: Option<&dyn Elementwise>, rows: &Range<usize>, channels: usize) {
        let shape = &self.inner.shape;
        let line = shape.out_size[1] * channels;
        let first = (self.image * shape.out_size[0] + rows.start) * line;
        // SAFETY: as the caller.
        unsafe { apply_to_rows(function, self.out, (first, line), (rows.len(), line)) }
    }

    /// Computes the last pointwise convolution, of the band `made`, for rows of the output.
    ///
    /// # Safety
    /// No other task writes these rows.
    unsafe fn project(&self, after: &DenseConv<'_>, rows: &Range<usize>, made: &[f32]) {
        let shape = &self.inner.shape;
        let outputs = after.panels.columns;
        let first = (self.image * shape.out_size[0] + rows.start) * shape.out_size[1] * outputs;
        for panel in 0..after.panels.panels() {
            let index = first + panel * panel_width(after.panels.isa);
            let run = PixelRun {
                count: rows.len() * shape.out_size[1],
                input: made.as_ptr(),
                input_step: self.band.step,
                output: self.out.at(index),
                output_step: outputs,
                residual: self.residual.at(index, self.out),
            };
            // SAFETY: the band holds these rows, and the output's length was checked; nobody else writes there, as the caller
            // guarantees.
            unsafe { after.apply(panel, &run) }
        }
    }
}

/// Numbers between gathered windows.
fn window(before: &DenseConv<'_>) -> usize {
    before.panels.depth.next_multiple_of(8)
}

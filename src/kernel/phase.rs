//! The phases of a strided convolution's backward pass: input pixels with the same residues modulo the stride
//! are reached by the same taps.

use std::ops::Range;

use super::f32::filter::Panels;
use super::f32::tile::{self, Tile, panel_width};
use super::raw::Shared;
use super::{ConvShape, Isa, OutputRange};

/// Input pixels whose row and column have these residues modulo the stride.
#[derive(Debug)]
pub(super) struct Phase {
    residue: [usize; 2],
    /// For each tap that reaches them, offset of the output pixel from the pixel's place in the phase.
    pub taps: Vec<[isize; 2]>,
    /// Weights of the taps: a row per tap and output channel, a column per input channel.
    pub panels: Panels,
}

/// The taps of an axis that reach positions with `residue`, and the offset of their output.
fn taps(shape: &ConvShape, axis: usize, residue: usize) -> Vec<(usize, isize)> {
    let window = shape.window(axis);
    let stride = window.stride as isize;
    (0..window.kernel)
        .filter_map(|tap| {
            let reach = (residue + window.padding.before) as isize - (tap * window.dilation) as isize;
            (reach.rem_euclid(stride) == 0).then_some((tap, reach.div_euclid(stride)))
        })
        .collect()
}

impl Phase {
    /// Every phase, with its part of the weights.
    pub fn all(isa: Isa, shape: &ConvShape, weight: &[f32]) -> Vec<Self> {
        let [down, across] = shape.geometry.stride;
        let residues = (0..down).flat_map(|y| (0..across).map(move |x| [y, x]));
        let (inputs, outputs) = (shape.group_in(), shape.group_out());
        let phase = |residue: [usize; 2]| {
            let [rows, columns] = [0, 1].map(|axis| taps(shape, axis, residue[axis]));
            let pairs = rows.iter().flat_map(|row| columns.iter().map(move |column| (row, column)));
            let (places, taps): (Vec<usize>, Vec<[isize; 2]>) =
                pairs.map(|(&(row, y), &(column, x))| (row * shape.kernel[1] + column, [y, x])).unzip();
            let sizes = [shape.groups(), taps.len(), outputs, inputs];
            let panels = Panels::pack_taps(isa, sizes, |group, tap, output, input| {
                weight[((group * outputs + output) * inputs + input) * shape.taps() + places[tap]]
            });
            Self { residue, taps, panels }
        };
        residues.map(phase).collect()
    }

    /// Size of the phase's grid, `[rows, columns]`.
    fn size(&self, shape: &ConvShape) -> [usize; 2] {
        [0, 1].map(|axis| {
            shape.in_size[axis].saturating_sub(self.residue[axis]).div_ceil(shape.geometry.stride[axis])
        })
    }

    /// Number of input pixels of the phase in the batch.
    pub fn rows(&self, shape: &ConvShape) -> usize {
        let [height, width] = self.size(shape);
        shape.batch * height * width
    }

    /// Image, row and column in the phase's grid of pixel `row`.
    fn place(&self, shape: &ConvShape, row: usize) -> [usize; 3] {
        let [height, width] = self.size(shape);
        [row / (height * width), row / width % height, row % width]
    }

    /// Index in the batch of input pixel `row` of the phase.
    pub fn pixel(&self, shape: &ConvShape, row: usize) -> usize {
        let [image, y, x] = self.place(shape, row);
        let [down, across] = shape.geometry.stride;
        (image * shape.in_size[0] + y * down + self.residue[0]) * shape.in_size[1]
            + x * across
            + self.residue[1]
    }

    /// Copies the output gradients that reach pixels `rows` to rows of `stride` numbers ordered
    /// `(tap, channel)`.
    pub fn gather(
        &self,
        shape: &ConvShape,
        gradient: &[f32],
        group: usize,
        rows: Range<usize>,
        stride: usize,
        into: &mut [f32],
    ) {
        let [height, width] = shape.out_size;
        let part = shape.group_out();
        for (row, into) in rows.zip(into.chunks_mut(stride)) {
            let [image, y, x] = self.place(shape, row);
            for (tap, into) in self.taps.iter().zip(into.chunks_exact_mut(part)) {
                let (y, x) = (y as isize + tap[0], x as isize + tap[1]);
                if y < 0 || x < 0 || y >= height as isize || x >= width as isize {
                    into.fill(0.0);
                } else {
                    let pixel = (image * height + y as usize) * width + x as usize;
                    into.copy_from_slice(&gradient[pixel * shape.out_channels + group * part..][..part]);
                }
            }
        }
    }

    /// Multiplies gathered `(windows, stride)` by `range` of the panels; sums go to rows as wide as those
    /// panels.
    pub fn multiply(
        &self,
        group: usize,
        range: Range<usize>,
        rows: usize,
        (windows, stride): (&[f32], usize),
        sums: &mut [f32],
    ) {
        let panels = &self.panels;
        let width = panel_width(panels.isa);
        let across = range.len() * width;
        assert!(windows.len() >= (rows - 1) * stride + panels.depth && sums.len() >= rows * across);
        for (place, index) in range.enumerate() {
            let tile = Tile {
                depth: panels.depth,
                a: windows.as_ptr(),
                a_stride: stride,
                panel: panels.panel(group, index).as_ptr(),
                c: sums[place * width..].as_mut_ptr(),
                c_stride: across,
                rows,
                columns: width,
                bias: std::ptr::null(),
                residual: std::ptr::null(),
                range: OutputRange::ALL,
            };
            // SAFETY: lengths of windows and sums were asserted above; the panels are packed for this
            // machine.
            unsafe { tile::compute(panels.isa, &tile) }
        }
    }

    /// Writes sums to their pixels, for the input channels of `range` of the group's panels.
    pub fn scatter(
        &self,
        shape: &ConvShape,
        (group, range): (usize, Range<usize>),
        rows: Range<usize>,
        sums: &[f32],
        accumulate: bool,
        out: &Shared<'_>,
    ) {
        let width = panel_width(self.panels.isa);
        let first = range.start * width;
        let count = (range.len() * width).min(self.panels.columns - first);
        for (row, sums) in rows.zip(sums.chunks_exact(range.len() * width)) {
            let at = self.pixel(shape, row) * shape.in_channels + group * self.panels.columns + first;
            // SAFETY: channels of one pixel of the input gradient, whose length was checked; no other task
            // writes them.
            let to = unsafe { std::slice::from_raw_parts_mut(out.at(at), count) };
            if accumulate {
                to.iter_mut().zip(sums).for_each(|(to, sum)| *to += sum);
            } else {
                to.copy_from_slice(&sums[..count]);
            }
        }
    }
}

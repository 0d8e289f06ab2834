//! Depthwise convolution: one filter per channel, so that memory and not arithmetic is the limit.
//!
//! Images are `[n, h, w, c]`; a vector holds neighbouring channels of one pixel.

mod backward;
mod row;

pub(super) use backward::{backward_data, backward_weights};
pub(super) use row::{TapRow, WindowRow};

use super::elementwise::apply_to_rows;
use super::raw::Shared;
use super::team::spread;
use super::{ConvShape, Epilogue, Isa};

/// Numbers of the output per task, about.
const TASK: usize = 1 << 13;

/// True if every channel has one filter of its own.
pub(super) fn suits(shape: &ConvShape) -> bool {
    let channels = shape.in_channels;
    channels > 1 && shape.groups() == channels && shape.out_channels == channels
}

/// Filters, `[kernel height, kernel width, channels]`.
#[derive(Clone, Debug)]
pub(super) struct DepthwiseFilter {
    pub isa: Isa,
    pub weights: Vec<f32>,
}

impl DepthwiseFilter {
    /// Packs the weights `at(channel, tap)`.
    pub fn new(isa: Isa, shape: &ConvShape, at: impl Fn(usize, usize) -> f32) -> Self {
        let channels = shape.in_channels;
        let weight = |index: usize| at(index % channels, index / channels);
        Self { isa, weights: (0..shape.taps() * channels).map(weight).collect() }
    }

    /// Size in bytes.
    pub fn bytes(&self) -> usize {
        size_of_val(&self.weights[..])
    }
}

/// Computes `output = finish(limit(conv(input) + bias + residual))`; lengths were checked.
pub(super) fn forward(
    shape: &ConvShape,
    input: &[f32],
    filter: &DepthwiseFilter,
    epilogue: &Epilogue<'_>,
    output: &mut [f32],
) {
    let lines = shape.batch * shape.out_size[0];
    let each = (TASK / (shape.out_size[1] * shape.out_channels)).max(1);
    let (channels, [height, width]) = (shape.in_channels, shape.in_size);
    let out = Shared::new(output);
    spread(lines.div_ceil(each), &|task| {
        let mut rows = Vec::with_capacity(shape.kernel[0]);
        for line in task * each..((task + 1) * each).min(lines) {
            let (image, row) = (line / shape.out_size[0], line % shape.out_size[0]);
            let first = |y: usize| input[(image * height + y) * width * channels..].as_ptr();
            tap_rows(shape, row, first, &filter.weights, &mut rows);
            let index = line * shape.out_size[1] * channels;
            let row = WindowRow {
                across: shape.window(1),
                width,
                columns: shape.out_size[1],
                channels,
                rows: &rows,
                input_step: channels,
                weight_step: channels,
                bias: epilogue.bias.map_or(std::ptr::null(), <[f32]>::as_ptr),
                residual: epilogue.residual.at(index, &out),
                range: epilogue.range,
                output: out.at(index),
                output_step: channels,
            };
            // SAFETY: the rows lie inside the image and the output, whose lengths were checked; no other task writes this
            // row.
            unsafe {
                row.compute(filter.isa);
                apply_to_rows(epilogue.finish, &out, (index, shape.out_size[1] * channels), (1, 0));
            }
        }
    });
}

/// Lists the rows of the window at output `row` that lie inside the image: `input(y)` is the first number of row `y`, and
/// `weights` begin with the first channel's first tap.
pub(super) fn tap_rows(
    shape: &ConvShape,
    row: usize,
    input: impl Fn(usize) -> *const f32,
    weights: &[f32],
    rows: &mut Vec<TapRow>,
) {
    let down = shape.window(0);
    rows.clear();
    for tap in 0..down.kernel {
        let y = (row * down.stride + tap * down.dilation).wrapping_sub(down.padding.before);
        if y < shape.in_size[0] {
            let weights = weights[tap * shape.kernel[1] * shape.in_channels..].as_ptr();
            rows.push(TapRow { input: input(y), weights });
        }
    }
}

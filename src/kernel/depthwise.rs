//! Depthwise convolution: one filter per channel, so that memory and not arithmetic is the limit.
//!
//! Images are `[n, h, w, c]`; a vector holds neighbouring channels of one pixel.

use rayon::prelude::*;

use super::lanes::Lanes;
use super::raw::Shared;
use super::team::spread;
use super::vectorised::{Vectorised, vectorised};
use super::{ConvShape, Epilogue, Isa};

/// Output pixels of a row that are computed together, so that a weight is loaded once for all.
const PIXELS: usize = 4;
/// Numbers of the output per task, about.
const TASK: usize = 1 << 15;

/// True if every channel has one filter of its own.
pub(super) fn suits(shape: &ConvShape) -> bool {
    let channels = shape.in_channels;
    channels > 1 && shape.groups() == channels && shape.out_channels == channels
}

/// Filters, `[kernel height, kernel width, channels]`.
#[derive(Clone, Debug)]
pub(super) struct DepthwiseFilter {
    isa: Isa,
    weights: Vec<f32>,
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

/// Computes `output = limit(conv(input) + bias + residual)`; lengths were checked.
pub(super) fn forward(
    shape: &ConvShape,
    input: &[f32],
    filter: &DepthwiseFilter,
    epilogue: &Epilogue<'_>,
    output: &mut [f32],
) {
    let lines = shape.batch * shape.out_size[0];
    let each = (TASK / (shape.out_size[1] * shape.out_channels)).max(1);
    let out = Shared::new(output);
    spread(lines.div_ceil(each), &|task| {
        let lines = task * each..((task + 1) * each).min(lines);
        vectorised(
            filter.isa,
            OutputLines { shape, input, weights: &filter.weights, epilogue, lines, out: &out },
        );
    });
}

/// Some rows of the output.
struct OutputLines<'a> {
    shape: &'a ConvShape,
    input: &'a [f32],
    weights: &'a [f32],
    epilogue: &'a Epilogue<'a>,
    lines: std::ops::Range<usize>,
    out: &'a Shared<'a>,
}

/// A tap that lies inside the image: indices of the first channel's input and weight.
type Tap = (usize, usize);

impl Vectorised for OutputLines<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        let shape = self.shape;
        let across = shape.window(1);
        let (width, columns) = (shape.in_size[1], shape.out_size[1]);
        // Output columns at which every tap lies inside the image.
        let reach = across.dilation * (across.kernel - 1);
        let first = across.padding.before.div_ceil(across.stride).min(columns);
        let end = (width + across.padding.before)
            .checked_sub(reach + 1)
            .map_or(0, |last| last / across.stride + 1)
            .clamp(first, columns);
        let mut taps: Vec<Tap> = Vec::with_capacity(shape.taps());
        for line in self.lines.clone() {
            let mut column = 0;
            while column < columns {
                let together = column >= first && column + PIXELS <= end;
                self.taps(line, column, &mut taps);
                // SAFETY: the taps lie inside the image, of each pixel if they are computed together; the caller
                // guarantees the instructions.
                unsafe {
                    if together {
                        self.pixels::<L, PIXELS>(line, column, &taps);
                    } else {
                        self.pixels::<L, 1>(line, column, &taps);
                    }
                }
                column += if together { PIXELS } else { 1 };
            }
        }
    }
}

impl OutputLines<'_> {
    /// Lists the taps of an output pixel that lie inside the image.
    #[inline(always)]
    fn taps(&self, line: usize, column: usize, taps: &mut Vec<Tap>) {
        let shape = self.shape;
        let ([down, across], [height, width]) = ([shape.window(0), shape.window(1)], shape.in_size);
        let (image, row) = (line / shape.out_size[0], line % shape.out_size[0]);
        taps.clear();
        for tap_y in 0..down.kernel {
            let y = (row * down.stride + tap_y * down.dilation).wrapping_sub(down.padding.before);
            if y >= height {
                continue;
            }
            for tap_x in 0..across.kernel {
                let x =
                    (column * across.stride + tap_x * across.dilation).wrapping_sub(across.padding.before);
                if x < width {
                    let pixel = (image * height + y) * width + x;
                    let tap = tap_y * across.kernel + tap_x;
                    taps.push((pixel * shape.in_channels, tap * shape.in_channels));
                }
            }
        }
    }

    /// Computes `N` neighbouring output pixels.
    ///
    /// # Safety
    /// The taps, moved along by the stride, lie inside the image for every pixel; the machine has the instructions of `L`.
    #[inline(always)]
    unsafe fn pixels<L: Lanes, const N: usize>(&self, line: usize, column: usize, taps: &[Tap]) {
        let channels = self.shape.in_channels;
        let step = self.shape.geometry.stride[1] * channels;
        let start = (line * self.shape.out_size[1] + column) * channels;
        let (input, weights) = (self.input.as_ptr(), self.weights.as_ptr());
        for block in (0..channels).step_by(L::WIDTH) {
            let count = (channels - block).min(L::WIDTH);
            // SAFETY: the caller guarantees the taps; the last block reads and writes `count` channels only.
            unsafe {
                let load = |from: *const f32| {
                    if count == L::WIDTH { L::load(from) } else { L::load_first(from, count) }
                };
                let mut sums = [L::splat(0.0); N];
                for (at, weight) in taps {
                    let weight = load(weights.add(weight + block));
                    for (pixel, sum) in sums.iter_mut().enumerate() {
                        *sum = load(input.add(at + pixel * step + block)).mul_add(weight, *sum);
                    }
                }
                let bias = self.epilogue.bias.map(|bias| load(bias.as_ptr().add(block)));
                for (pixel, mut sum) in sums.into_iter().enumerate() {
                    let index = start + pixel * channels + block;
                    if let Some(bias) = bias {
                        sum = sum.add(bias);
                    }
                    let residual = self.epilogue.residual.at(index, self.out);
                    if !residual.is_null() {
                        sum = sum.add(load(residual));
                    }
                    sum = self.epilogue.range.limit_lanes(sum);
                    let to = self.out.at(index);
                    if count == L::WIDTH { sum.store(to) } else { sum.store_first(to, count) }
                }
            }
        }
    }
}

/// Gradient with respect to the weights, added to `weight_gradient`, `[channels, kernel height, kernel width]`; lengths
/// were checked. The sums' order depends on the shape alone.
pub(super) fn backward_weights(
    shape: &ConvShape,
    input: &[f32],
    output_gradient: &[f32],
    weight_gradient: &mut [f32],
) {
    let (channels, taps) = (shape.in_channels, shape.taps());
    let lines = shape.batch * shape.out_size[0];
    let each = (TASK / (shape.out_size[1] * channels)).max(1);
    let isa = Isa::current();
    let parts: Vec<Vec<f32>> = (0..lines.div_ceil(each))
        .into_par_iter()
        .map(|task| {
            let mut sums = vec![0.0; taps * channels];
            let lines = task * each..((task + 1) * each).min(lines);
            vectorised(isa, LineSums { shape, input, gradient: output_gradient, lines, sums: &mut sums });
            sums
        })
        .collect();
    weight_gradient.par_chunks_exact_mut(taps).enumerate().with_min_len(64).for_each(
        |(channel, gradient)| {
            for (tap, gradient) in gradient.iter_mut().enumerate() {
                let sum: f64 = parts.iter().map(|part| f64::from(part[tap * channels + channel])).sum();
                *gradient += sum as f32;
            }
        },
    );
}

/// The share of some output rows in the gradient of the weights, `[taps, channels]`.
struct LineSums<'a> {
    shape: &'a ConvShape,
    input: &'a [f32],
    gradient: &'a [f32],
    lines: std::ops::Range<usize>,
    sums: &'a mut [f32],
}

impl Vectorised for LineSums<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        let shape = self.shape;
        let ([down, across], [height, width]) = ([shape.window(0), shape.window(1)], shape.in_size);
        let (channels, columns) = (shape.in_channels, shape.out_size[1]);
        let sums = self.sums.as_mut_ptr();
        for line in self.lines.clone() {
            let (image, row) = (line / shape.out_size[0], line % shape.out_size[0]);
            for tap in 0..shape.taps() {
                let (tap_y, tap_x) = (tap / across.kernel, tap % across.kernel);
                let y = (row * down.stride + tap_y * down.dilation).wrapping_sub(down.padding.before);
                if y >= height {
                    continue;
                }
                let at = |column: usize| {
                    (column * across.stride + tap_x * across.dilation).wrapping_sub(across.padding.before)
                };
                let inside = (0..columns).position(|column| at(column) < width).unwrap_or(columns);
                let end = (inside..columns).find(|column| at(*column) >= width).unwrap_or(columns);
                for block in (0..channels).step_by(L::WIDTH) {
                    let count = (channels - block).min(L::WIDTH);
                    // SAFETY: the pixels lie inside the image; the last block reads and writes `count` channels only.
                    unsafe {
                        let load = |from: *const f32| {
                            if count == L::WIDTH { L::load(from) } else { L::load_first(from, count) }
                        };
                        let to = sums.add(tap * channels + block);
                        let mut sum = load(to);
                        for column in inside..end {
                            let pixel = (image * height + y) * width + at(column);
                            let x = load(self.input.as_ptr().add(pixel * channels + block));
                            let gradient = (line * columns + column) * channels + block;
                            sum = load(self.gradient.as_ptr().add(gradient)).mul_add(x, sum);
                        }
                        if count == L::WIDTH { sum.store(to) } else { sum.store_first(to, count) }
                    }
                }
            }
        }
    }
}

/// Gradient with respect to the input of a strided convolution; overwrites `input_gradient` or adds to it. Lengths were
/// checked.
pub(super) fn backward_data(
    shape: &ConvShape,
    filter: &DepthwiseFilter,
    output_gradient: &[f32],
    accumulate: bool,
    input_gradient: &mut [f32],
) {
    let channels = shape.in_channels;
    let ([down, across], [height, width]) = ([shape.window(0), shape.window(1)], shape.in_size);
    let line = width * channels;
    // Output positions that read position `at` by some tap.
    let readers = |axis: usize, at: usize| -> Vec<Tap> {
        let window = [down, across][axis];
        let reader = |tap: usize| {
            let offset = (at + window.padding.before).checked_sub(tap * window.dilation)?;
            let place = offset / window.stride;
            (offset % window.stride == 0 && place < shape.out_size[axis]).then_some((place, tap))
        };
        (0..window.kernel).filter_map(reader).collect()
    };
    let of_columns: Vec<Vec<Tap>> = (0..width).map(|x| readers(1, x)).collect();
    let rows = input_gradient.par_chunks_exact_mut(line).with_min_len((TASK / line).max(1)).enumerate();
    rows.for_each(|(row, target)| {
        let (image, of_row) = (row / height, readers(0, row % height));
        for (target, of_column) in target.chunks_exact_mut(channels).zip(&of_columns) {
            if !accumulate {
                target.fill(0.0);
            }
            for (y, tap_y) in &of_row {
                for (x, tap_x) in of_column {
                    let pixel = (image * shape.out_size[0] + y) * shape.out_size[1] + x;
                    let gradient = &output_gradient[pixel * channels..][..channels];
                    let tap = tap_y * across.kernel + tap_x;
                    let weights = &filter.weights[tap * channels..][..channels];
                    let products = gradient.iter().zip(weights);
                    target
                        .iter_mut()
                        .zip(products)
                        .for_each(|(sum, (gradient, weight))| *sum += gradient * weight);
                }
            }
        }
    });
}

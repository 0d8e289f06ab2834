//! Gradients of a depthwise convolution.

use rayon::prelude::*;

use super::DepthwiseFilter;
use crate::lanes::Lanes;
use crate::vectorised::{Vectorised, vectorised};
use crate::{ConvShape, Isa};

/// Numbers per task, about.
const TASK: usize = 1 << 15;

/// Gradient with respect to the weights, added to `weight_gradient`, `[channels, kernel height, kernel width]`; lengths
/// were checked. The sums' order depends on the shape alone.
pub(crate) fn backward_weights(
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
pub(crate) fn backward_data(
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
    let readers = |axis: usize, at: usize| -> Vec<(usize, usize)> {
        let window = [down, across][axis];
        let reader = |tap: usize| {
            let offset = (at + window.padding.before).checked_sub(tap * window.dilation)?;
            let place = offset / window.stride;
            (offset % window.stride == 0 && place < shape.out_size[axis]).then_some((place, tap))
        };
        (0..window.kernel).filter_map(reader).collect()
    };
    let of_columns: Vec<Vec<(usize, usize)>> = (0..width).map(|x| readers(1, x)).collect();
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

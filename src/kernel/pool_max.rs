//! Max pooling.

use rayon::prelude::*;

use super::error::check_length;
use super::lanes::Lanes;
use super::scratch::with_scratch;
use super::vectorised::{Vectorised, vectorised};
use super::{Isa, KernelError, PoolShape};

/// Max pooling: maximum of every window, and the index (row by row) of the element that attains it; the first
/// of equals wins, NaN wins over all. Both are `[n, h, w, c]`.
///
/// # Errors
/// A buffer whose length does not match `shape`, windows of more than 254 elements.
pub fn max_pool2d_forward(
    shape: &PoolShape,
    input: &[f32],
    output: &mut [f32],
    winners: &mut [u8],
) -> Result<(), KernelError> {
    check_length("the input", input.len(), shape.input_len())?;
    check_length("the output", output.len(), shape.output_len())?;
    check_length("the winners", winners.len(), shape.output_len())?;
    let taps = shape.windows[0].kernel * shape.windows[1].kernel;
    if taps >= usize::from(NONE) {
        return Err(KernelError::WindowTooMany { taps });
    }
    let isa = Isa::current();
    let line = shape.out_size[1] * shape.channels;
    output.par_chunks_exact_mut(line).zip(winners.par_chunks_exact_mut(line)).enumerate().for_each(
        |(row, (output, winners))| {
            vectorised(isa, OutputRow { shape, input, row, output, winners });
        },
    );
    Ok(())
}

/// Index for a window that is entirely padding.
const NONE: u8 = u8::MAX;

/// One row of outputs.
struct OutputRow<'a> {
    shape: &'a PoolShape,
    input: &'a [f32],
    /// Index of the row, counted over the batch.
    row: usize,
    output: &'a mut [f32],
    winners: &'a mut [u8],
}

impl Vectorised for OutputRow<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        let Self { shape, input, row, output, winners } = self;
        let channels = shape.channels;
        let pixels = output.chunks_exact_mut(channels).zip(winners.chunks_exact_mut(channels));
        // Indices of the elements are kept as floats, so that values and indices fill vectors of one width.
        with_scratch(channels, |won| {
            for (column, (output, winners)) in pixels.enumerate() {
                won.fill(f32::from(NONE));
                output.fill(f32::NEG_INFINITY);
                for (tap, from) in shape.taps(row, column) {
                    let number = tap as f32;
                    let source = &input[from * channels..][..channels];
                    for ((best, won), &value) in output.iter_mut().zip(won.iter_mut()).zip(source) {
                        // If all are minus infinity, the first one inside the image receives the gradient.
                        let wins = (value > *best) | value.is_nan() | (*won == f32::from(NONE));
                        *best = if wins { value } else { *best };
                        *won = if wins { number } else { *won };
                    }
                }
                winners.iter_mut().zip(won.iter()).for_each(|(winner, won)| *winner = *won as u8);
            }
        });
    }
}

/// Gradient of max pooling: adds every output gradient to the element that won its window; `input_gradient`
/// is overwritten.
///
/// # Errors
/// A buffer whose length does not match `shape`.
pub fn max_pool2d_backward(
    shape: &PoolShape,
    winners: &[u8],
    output_gradient: &[f32],
    input_gradient: &mut [f32],
) -> Result<(), KernelError> {
    check_length("the winners", winners.len(), shape.output_len())?;
    check_length("the output gradient", output_gradient.len(), shape.output_len())?;
    check_length("the input gradient", input_gradient.len(), shape.input_len())?;
    let isa = Isa::current();
    let image = shape.in_size[0] * shape.in_size[1] * shape.channels;
    input_gradient.par_chunks_exact_mut(image).enumerate().for_each(|(image, gradient)| {
        vectorised(isa, ImageGradient { shape, winners, output_gradient, image, gradient });
    });
    Ok(())
}

/// One image's input gradient.
struct ImageGradient<'a> {
    shape: &'a PoolShape,
    winners: &'a [u8],
    output_gradient: &'a [f32],
    image: usize,
    gradient: &'a mut [f32],
}

impl Vectorised for ImageGradient<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        let Self { shape, winners, output_gradient, image, gradient } = self;
        let channels = shape.channels;
        let first = image * shape.in_size[0] * shape.in_size[1];
        gradient.fill(0.0);
        for row in image * shape.out_size[0]..(image + 1) * shape.out_size[0] {
            for column in 0..shape.out_size[1] {
                let at = (row * shape.out_size[1] + column) * channels;
                let (winners, source) = (&winners[at..][..channels], &output_gradient[at..][..channels]);
                for (tap, to) in shape.taps(row, column) {
                    let target = &mut gradient[(to - first) * channels..][..channels];
                    for ((target, &winner), &part) in target.iter_mut().zip(winners).zip(source) {
                        *target += if u32::from(winner) == tap as u32 { part } else { 0.0 };
                    }
                }
            }
        }
    }
}

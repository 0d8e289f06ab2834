//! Max pooling of bf16 images.

use half::bf16;

use super::vector::vectorised;
use crate::error::check_length;
use crate::team::spread_chunks;
use crate::{KernelError, PoolShape};

/// Channels compared together.
const LANES: usize = 32;
/// Output elements per task.
const GRAIN: usize = 1 << 15;

/// Max pooling of an `[n, h, w, c]` input; a NaN in a window gives NaN, padding is never chosen.
///
/// # Errors
/// A buffer whose length does not match `shape`.
pub fn max_pool2d_bf16(shape: &PoolShape, input: &[bf16], output: &mut [bf16]) -> Result<(), KernelError> {
    check_length("the input", input.len(), shape.input_len())?;
    check_length("the output", output.len(), shape.output_len())?;
    let row_len = shape.out_size[1] * shape.channels;
    let rows = (GRAIN / row_len).max(1);
    spread_chunks(output, rows * row_len, &|chunk, output: &mut [bf16]| {
        for (row, output) in output.chunks_exact_mut(row_len).enumerate() {
            vectorised(
                #[inline(always)]
                || pool_row(shape, input, chunk * rows + row, output),
            );
        }
    });
    Ok(())
}

/// Computes output row `row`, counted over all images.
#[inline(always)]
fn pool_row(shape: &PoolShape, input: &[bf16], row: usize, output: &mut [bf16]) {
    let [height, width] = shape.in_size;
    let channels = shape.channels;
    let (image, y) = (row / shape.out_size[0], row % shape.out_size[0]);
    for (x, output) in output.chunks_exact_mut(channels).enumerate() {
        for (group, output) in output.chunks_mut(LANES).enumerate() {
            let mut best = [i16::MIN; LANES];
            for y in shape.windows[0].taps(y, height) {
                for x in shape.windows[1].taps(x, width) {
                    let pixel = ((image * height + y) * width + x) * channels + group * LANES;
                    let pixel = &input[pixel..][..output.len()];
                    match <&[bf16; LANES]>::try_from(pixel) {
                        Ok(pixel) => raise(&mut best, pixel),
                        Err(_) => raise(&mut best[..pixel.len()], pixel),
                    }
                }
            }
            output.iter_mut().zip(best).for_each(|(output, best)| *output = ranked(best));
        }
    }
}

/// Raises the best ranks to those of `pixel`.
#[inline(always)]
fn raise(best: &mut [i16], pixel: &[bf16]) {
    best.iter_mut().zip(pixel).for_each(|(best, &value)| *best = (*best).max(rank(value)));
}

/// Integer in the order of the numbers; the largest for NaN.
#[inline(always)]
fn rank(value: bf16) -> i16 {
    let bits = value.to_bits() as i16;
    if bits & 0x7fff > 0x7f80 { 0x7fff } else { bits ^ ((bits >> 15) & 0x7fff) }
}

/// Number of a rank: the inverse of `rank`.
#[inline(always)]
fn ranked(rank: i16) -> bf16 {
    bf16::from_bits((rank ^ ((rank >> 15) & 0x7fff)) as u16)
}

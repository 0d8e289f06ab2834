//! Maximum pooling of bf16 images.

use half::bf16;

use super::team::spread_chunks;
use super::vector::vectorised;
use crate::kernel::error::check_length;
use crate::kernel::{KernelError, PoolShape};

/// Elements of output per task.
const GRAIN: usize = 1 << 15;

/// Maximum of every window of a `[n, h, w, c]` input; NaN wins over all, padding never does.
///
/// # Errors
/// A buffer whose length is not the one `shape` asks for.
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

/// Output row `row`, counted over all images.
#[inline(always)]
fn pool_row(shape: &PoolShape, input: &[bf16], row: usize, output: &mut [bf16]) {
    let [height, width] = shape.in_size;
    let channels = shape.channels;
    let (image, y) = (row / shape.out_size[0], row % shape.out_size[0]);
    for (x, output) in output.chunks_exact_mut(channels).enumerate() {
        let pixels = || {
            shape.windows[0].taps(y, height).flat_map(
                #[inline(always)]
                |y| shape.windows[1].taps(x, width).map(move |x| (image * height + y) * width + x),
            )
        };
        for start in (0..channels).step_by(32) {
            let output = &mut output[start..channels.min(start + 32)];
            let mut best = [i16::MIN; 32];
            for pixel in pixels() {
                let pixel = &input[pixel * channels + start..][..output.len()];
                if let Ok(pixel) = <&[bf16; 32]>::try_from(pixel) {
                    best.iter_mut().zip(pixel).for_each(|(best, &value)| *best = (*best).max(rank(value)));
                } else {
                    best.iter_mut().zip(pixel).for_each(|(best, &value)| *best = (*best).max(rank(value)));
                }
            }
            output.iter_mut().zip(best).for_each(|(output, best)| *output = ranked(best));
        }
    }
}

/// An integer that grows with the number; the largest for NaN.
#[inline(always)]
fn rank(value: bf16) -> i16 {
    let bits = value.to_bits() as i16;
    if bits & 0x7fff > 0x7f80 { 0x7fff } else { bits ^ ((bits >> 15) & 0x7fff) }
}

/// The number of a rank.
#[inline(always)]
fn ranked(rank: i16) -> bf16 {
    bf16::from_bits((rank ^ ((rank >> 15) & 0x7fff)) as u16)
}

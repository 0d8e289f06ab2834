//! Pooling for inference: values only, without the indices that a backward pass needs.

use rayon::prelude::*;

use super::error::check_length;
use super::pool_average::shares;
use super::team::spread_chunks;
use super::vectorised::compiled_for;
use super::{Isa, KernelError, PoolShape};

/// Rows per task.
const ROWS: usize = 4;

/// Max pooling of an NHWC image; a NaN in a window gives NaN, padding is never chosen.
///
/// # Errors
/// A buffer whose length does not match `shape`.
pub fn max_pool2d_values<T>(shape: &PoolShape, input: &[T], output: &mut [T]) -> Result<(), KernelError>
where
    T: Copy + PartialOrd + Send + Sync,
{
    check_length("the input", input.len(), shape.input_len())?;
    check_length("the output", output.len(), shape.output_len())?;
    let line = shape.out_size[1] * shape.channels;
    spread_chunks(output, ROWS * line, &|chunk, out: &mut [T]| {
        compiled_for(Isa::current(), || {
            for (row, out) in out.chunks_exact_mut(line).enumerate() {
                max_row(shape, input, chunk * ROWS + row, out);
            }
        });
    });
    Ok(())
}

/// One row of outputs.
#[inline(always)]
fn max_row<T: Copy + PartialOrd>(shape: &PoolShape, input: &[T], row: usize, out: &mut [T]) {
    let [height, width] = shape.in_size;
    let channels = shape.channels;
    let line = width * channels;
    let (image, y) = (row / shape.out_size[0], row % shape.out_size[0]);
    let image = &input[image * height * line..][..height * line];
    for (x, out) in out.chunks_exact_mut(channels).enumerate() {
        let mut first = true;
        for source_y in shape.windows[0].taps(y, height) {
            for source_x in shape.windows[1].taps(x, width) {
                let pixel = &image[source_y * line + source_x * channels..][..channels];
                if first {
                    out.copy_from_slice(pixel);
                    first = false;
                    continue;
                }
                for (best, &value) in out.iter_mut().zip(pixel) {
                    // A NaN is not comparable: it is taken, and kept.
                    let not_a_number = best.partial_cmp(&best).is_none();
                    let keep = *best >= value || not_a_number;
                    *best = if keep { *best } else { value };
                }
            }
        }
    }
}

/// Mean of each channel over the `pixels` of each image: `[n, pixels, c]` to `[n, c]`, summed in order.
///
/// # Errors
/// Buffers whose lengths do not fit each other.
pub fn channel_means<T>(
    pixels: usize,
    channels: usize,
    input: &[T],
    output: &mut [f32],
) -> Result<(), KernelError>
where
    T: Copy + Into<f32> + Send + Sync,
{
    check_length("the input", input.len(), output.len() * pixels)?;
    check_length("the output", output.len() % channels.max(1), 0)?;
    let scale = 1.0 / pixels as f32;
    let images = output.par_chunks_exact_mut(channels).zip(input.par_chunks_exact(pixels * channels));
    images.for_each(|(out, image)| {
        out.fill(0.0);
        for pixel in image.chunks_exact(channels) {
            out.iter_mut().zip(pixel).for_each(|(sum, &value)| *sum += value.into());
        }
        out.iter_mut().for_each(|sum| *sum *= scale);
    });
    Ok(())
}

/// Average pooling of an NHWC image; `count_include_pad` includes the padding's zeros in the mean, `round` converts to the
/// image's number type.
///
/// # Errors
/// A buffer whose length does not match `shape`.
pub fn avg_pool2d_values<T>(
    shape: &PoolShape,
    count_include_pad: bool,
    input: &[T],
    round: fn(f32) -> T,
    output: &mut [T],
) -> Result<(), KernelError>
where
    T: Copy + Into<f32> + Send + Sync,
{
    check_length("the input", input.len(), shape.input_len())?;
    check_length("the output", output.len(), shape.output_len())?;
    let [height, width] = shape.in_size;
    let channels = shape.channels;
    let shares = shares(shape, count_include_pad);
    let line = shape.out_size[1] * channels;
    spread_chunks(output, ROWS * line, &|chunk, out: &mut [T]| {
        compiled_for(Isa::current(), || {
            let mut sums = vec![0.0f32; channels];
            for (pixel, out) in out.chunks_exact_mut(channels).enumerate() {
                let pixel = chunk * ROWS * shape.out_size[1] + pixel;
                let (row, x) = (pixel / shape.out_size[1], pixel % shape.out_size[1]);
                let (image, y) = (row / shape.out_size[0], row % shape.out_size[0]);
                let share = shares[y * shape.out_size[1] + x];
                let image = &input[image * height * width * channels..][..height * width * channels];
                sums.fill(0.0);
                for source_y in shape.windows[0].taps(y, height) {
                    for source_x in shape.windows[1].taps(x, width) {
                        let from = &image[(source_y * width + source_x) * channels..][..channels];
                        sums.iter_mut().zip(from).for_each(|(sum, &value)| *sum += value.into());
                    }
                }
                out.iter_mut().zip(&sums).for_each(|(out, sum)| *out = round(sum * share));
            }
        });
    });
    Ok(())
}

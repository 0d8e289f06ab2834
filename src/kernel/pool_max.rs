//! Maximum pooling.

use rayon::prelude::*;

use super::error::check_length;
use super::{KernelError, PoolShape};

/// Maximum of every window, and where it lies in its plane; the first of equals wins, NaN wins over all.
///
/// # Errors
/// A buffer whose length is not the one `shape` asks for.
pub fn max_pool2d_forward(
    shape: &PoolShape,
    input: &[f32],
    output: &mut [f32],
    winners: &mut [u32],
) -> Result<(), KernelError> {
    check_length("the input", input.len(), shape.input_len())?;
    check_length("the output", output.len(), shape.output_len())?;
    check_length("the winners", winners.len(), shape.output_len())?;
    let pixels = shape.out_pixels();
    output
        .par_chunks_exact_mut(pixels)
        .zip(winners.par_chunks_exact_mut(pixels))
        .zip(input.par_chunks_exact(shape.in_pixels()))
        .for_each(|((output, winners), plane)| pool_plane(shape, plane, output, winners));
    Ok(())
}

fn pool_plane(shape: &PoolShape, plane: &[f32], output: &mut [f32], winners: &mut [u32]) {
    let [height, width] = shape.in_size;
    let [down, across] = shape.windows;
    output.fill(f32::NEG_INFINITY);
    // Should every element be minus infinity, the first one inside the window keeps the gradient.
    winners.fill(u32::MAX);
    for tap_y in 0..down.kernel {
        for y in down.inside(tap_y, height, shape.out_size[0]) {
            let row = down.position(y, tap_y) * width;
            for tap_x in 0..across.kernel {
                for x in across.inside(tap_x, width, shape.out_size[1]) {
                    let at = row + across.position(x, tap_x);
                    let (value, to) = (plane[at], y * shape.out_size[1] + x);
                    if value > output[to] || value.is_nan() || winners[to] == u32::MAX {
                        (output[to], winners[to]) = (value, at as u32);
                    }
                }
            }
        }
    }
}

/// Sends every output gradient to the element that won its window; `input_gradient` is overwritten.
///
/// # Errors
/// A buffer whose length is not the one `shape` asks for.
pub fn max_pool2d_backward(
    shape: &PoolShape,
    winners: &[u32],
    output_gradient: &[f32],
    input_gradient: &mut [f32],
) -> Result<(), KernelError> {
    check_length("the winners", winners.len(), shape.output_len())?;
    check_length("the output gradient", output_gradient.len(), shape.output_len())?;
    check_length("the input gradient", input_gradient.len(), shape.input_len())?;
    let pixels = shape.out_pixels();
    input_gradient
        .par_chunks_exact_mut(shape.in_pixels())
        .zip(winners.par_chunks_exact(pixels).zip(output_gradient.par_chunks_exact(pixels)))
        .for_each(|(plane, (winners, gradient))| {
            plane.fill(0.0);
            for (&at, &part) in winners.iter().zip(gradient) {
                // A window that lies in the padding alone has no winner.
                if let Some(target) = plane.get_mut(at as usize) {
                    *target += part;
                }
            }
        });
    Ok(())
}

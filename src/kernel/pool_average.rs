//! Average pooling.

use rayon::prelude::*;

use super::error::check_length;
use super::window::Window;
use super::{KernelError, PoolShape};

/// Mean of every window; `count_include_pad` counts the padding's zeros in, as torch does by default.
///
/// # Errors
/// A buffer whose length is not the one `shape` asks for.
pub fn avg_pool2d_forward(
    shape: &PoolShape,
    count_include_pad: bool,
    input: &[f32],
    output: &mut [f32],
) -> Result<(), KernelError> {
    check_length("the input", input.len(), shape.input_len())?;
    check_length("the output", output.len(), shape.output_len())?;
    let shares = shares(shape, count_include_pad);
    output.par_chunks_exact_mut(shape.out_pixels()).zip(input.par_chunks_exact(shape.in_pixels())).for_each(
        |(output, plane)| {
            output.fill(0.0);
            for_each_pair(shape, |from, to| output[to] += plane[from]);
            output.iter_mut().zip(&shares).for_each(|(sum, share)| *sum *= share);
        },
    );
    Ok(())
}

/// Spreads every output gradient evenly over its window; `input_gradient` is overwritten.
///
/// # Errors
/// A buffer whose length is not the one `shape` asks for.
pub fn avg_pool2d_backward(
    shape: &PoolShape,
    count_include_pad: bool,
    output_gradient: &[f32],
    input_gradient: &mut [f32],
) -> Result<(), KernelError> {
    check_length("the output gradient", output_gradient.len(), shape.output_len())?;
    check_length("the input gradient", input_gradient.len(), shape.input_len())?;
    let shares = shares(shape, count_include_pad);
    input_gradient
        .par_chunks_exact_mut(shape.in_pixels())
        .zip(output_gradient.par_chunks_exact(shape.out_pixels()))
        .for_each(|(plane, gradient)| {
            plane.fill(0.0);
            for_each_pair(shape, |to, from| plane[to] += gradient[from] * shares[from]);
        });
    Ok(())
}

/// Visits every (input, output) pair of plane indices that a window joins, always in the same order.
fn for_each_pair(shape: &PoolShape, mut visit: impl FnMut(usize, usize)) {
    let [height, width] = shape.in_size;
    let [down, across] = shape.windows;
    for tap_y in 0..down.kernel {
        for y in down.inside(tap_y, height, shape.out_size[0]) {
            let row = down.position(y, tap_y) * width;
            for tap_x in 0..across.kernel {
                for x in across.inside(tap_x, width, shape.out_size[1]) {
                    visit(row + across.position(x, tap_x), y * shape.out_size[1] + x);
                }
            }
        }
    }
}

/// One over the number of elements of each window.
fn shares(shape: &PoolShape, count_include_pad: bool) -> Vec<f32> {
    let counts = |axis: usize| -> Vec<usize> {
        let window = &shape.windows[axis];
        (0..shape.out_size[axis])
            .map(|index| window_elements(window, index, shape.in_size[axis], count_include_pad))
            .collect()
    };
    let across = counts(1);
    counts(0).iter().flat_map(|down| across.iter().map(move |across| 1.0 / (down * across) as f32)).collect()
}

/// Elements of window `index`, clipped to the padded input, or to the input itself.
fn window_elements(window: &Window, index: usize, size: usize, count_include_pad: bool) -> usize {
    let start = index * window.stride;
    let (low, high) = if count_include_pad {
        (0, size + 2 * window.padding)
    } else {
        (window.padding, size + window.padding)
    };
    (0..window.kernel).filter(|tap| (low..high).contains(&(start + tap * window.dilation))).count().max(1)
}

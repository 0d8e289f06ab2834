//! Average pooling.

use rayon::prelude::*;

use super::error::check_length;
use super::window::AxisWindow;
use super::{KernelError, PoolShape};

/// Average pooling; `count_include_pad` includes the padding's zeros in the mean, PyTorch's default.
///
/// # Errors
/// A buffer whose length does not match `shape`.
pub fn avg_pool2d_forward(
    shape: &PoolShape,
    count_include_pad: bool,
    input: &[f32],
    output: &mut [f32],
) -> Result<(), KernelError> {
    check_length("the input", input.len(), shape.input_len())?;
    check_length("the output", output.len(), shape.output_len())?;
    let (shares, channels) = (shares(shape, count_include_pad), shape.channels);
    let line = shape.out_size[1] * channels;
    output.par_chunks_exact_mut(line).enumerate().for_each(|(row, output)| {
        let shares = &shares[row % shape.out_size[0] * shape.out_size[1]..];
        for (column, (output, share)) in output.chunks_exact_mut(channels).zip(shares).enumerate() {
            output.fill(0.0);
            for (_, from) in shape.taps(row, column) {
                let source = &input[from * channels..][..channels];
                output.iter_mut().zip(source).for_each(|(sum, value)| *sum += value);
            }
            output.iter_mut().for_each(|sum| *sum *= share);
        }
    });
    Ok(())
}

/// Gradient of average pooling: spreads every output gradient evenly over its window; `input_gradient` is
/// overwritten.
///
/// # Errors
/// A buffer whose length does not match `shape`.
pub fn avg_pool2d_backward(
    shape: &PoolShape,
    count_include_pad: bool,
    output_gradient: &[f32],
    input_gradient: &mut [f32],
) -> Result<(), KernelError> {
    check_length("the output gradient", output_gradient.len(), shape.output_len())?;
    check_length("the input gradient", input_gradient.len(), shape.input_len())?;
    let (shares, channels) = (shares(shape, count_include_pad), shape.channels);
    let pixels = shape.in_size[0] * shape.in_size[1];
    input_gradient.par_chunks_exact_mut(pixels * channels).enumerate().for_each(|(image, gradient)| {
        gradient.fill(0.0);
        for row in 0..shape.out_size[0] {
            for column in 0..shape.out_size[1] {
                let place = row * shape.out_size[1] + column;
                let at = (image * shares.len() + place) * channels;
                let (source, share) = (&output_gradient[at..][..channels], shares[place]);
                for (_, to) in shape.taps(image * shape.out_size[0] + row, column) {
                    let target = &mut gradient[(to - image * pixels) * channels..][..channels];
                    target.iter_mut().zip(source).for_each(|(sum, part)| *sum += part * share);
                }
            }
        }
    });
    Ok(())
}

/// Reciprocal of the number of elements of each window.
pub(super) fn shares(shape: &PoolShape, count_include_pad: bool) -> Vec<f32> {
    let counts = |axis: usize| -> Vec<usize> {
        let window = &shape.windows[axis];
        (0..shape.out_size[axis])
            .map(|index| window_elements(window, index, shape.in_size[axis], count_include_pad))
            .collect()
    };
    let across = counts(1);
    counts(0).iter().flat_map(|down| across.iter().map(move |across| 1.0 / (down * across) as f32)).collect()
}

/// Number of elements of window `index`, clipped to the padded input, or to the input itself.
fn window_elements(window: &AxisWindow, index: usize, size: usize, count_include_pad: bool) -> usize {
    let start = index * window.stride;
    let (low, high) = if count_include_pad {
        (0, size + window.padding.sum())
    } else {
        (window.padding.before, size + window.padding.before)
    };
    (0..window.kernel).filter(|tap| (low..high).contains(&(start + tap * window.dilation))).count().max(1)
}

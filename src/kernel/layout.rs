//! Conversion between channels-last images (used here) and channels-first images (PyTorch).

use rayon::prelude::*;

use super::KernelError;
use super::error::check_length;

/// `[n, pixels, channels]` to `[n, channels, pixels]`: the order that a checkpoint's linear layer expects
/// after flattening.
///
/// # Errors
/// Buffers of different lengths, or not a whole number of images.
pub fn to_channels_first<T>(
    pixels: usize,
    channels: usize,
    input: &[T],
    output: &mut [f32],
) -> Result<(), KernelError>
where
    T: Copy + Into<f32> + Sync,
{
    transpose([pixels, channels], input, output)
}

/// `[n, channels, pixels]` to `[n, pixels, channels]`: for images from a PyTorch file, and for gradients.
///
/// # Errors
/// As [`to_channels_first`].
pub fn to_channels_last(
    pixels: usize,
    channels: usize,
    input: &[f32],
    output: &mut [f32],
) -> Result<(), KernelError> {
    transpose([channels, pixels], input, output)
}

/// Transposes every image from `rows` x `columns` to `columns` x `rows`.
fn transpose<T: Copy + Into<f32> + Sync>(
    [rows, columns]: [usize; 2],
    input: &[T],
    output: &mut [f32],
) -> Result<(), KernelError> {
    check_length("the output", output.len(), input.len())?;
    let size = (rows * columns).max(1);
    check_length("the input", input.len(), input.len() / size * size)?;
    output.par_chunks_exact_mut(size).zip(input.par_chunks_exact(size)).for_each(|(output, input)| {
        for (column, out) in output.chunks_exact_mut(rows).enumerate() {
            out.iter_mut()
                .zip(input[column..].iter().step_by(columns))
                .for_each(|(to, from)| *to = (*from).into());
        }
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_by_hand() {
        // Two images of three pixels and two channels.
        let last = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0];
        let first = [1.0, 3.0, 5.0, 2.0, 4.0, 6.0, 7.0, 9.0, 11.0, 8.0, 10.0, 12.0];
        let mut found = [0.0; 12];
        to_channels_first(3, 2, &last, &mut found).expect("whole images");
        assert_eq!(found, first);
        to_channels_last(3, 2, &first, &mut found).expect("whole images");
        assert_eq!(found, last);
        assert!(to_channels_last(5, 1, &first, &mut found).is_err());
        assert!(to_channels_first(3, 2, &last, &mut found[..6]).is_err());
    }
}

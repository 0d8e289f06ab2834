use super::sum::{Terms, sweep};
use super::{read, rows};
use crate::KernelError;
use crate::lanes::Lanes;

/// Mean and variance of a channel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moments {
    /// Mean.
    pub mean: f64,
    /// Variance, divided by the number of pixels (biased).
    pub var: f64,
}

/// Sum over all pixels of every channel of a `[pixels, channels]` buffer.
///
/// # Errors
/// A buffer that is not a whole number of pixels.
pub fn channel_sums(values: &[f32], channels: usize) -> Result<Vec<f64>, KernelError> {
    let rows = rows("the values", values.len(), channels)?;
    let sums = sweep(rows, channels, &PlainSum { values });
    Ok(sums.into_iter().map(|[sum, _]| sum).collect())
}

/// Number of first pixels whose mean is the origin of the deviations.
const PILOT: usize = 16;

/// Mean and variance of every channel of a `[pixels, channels]` buffer, in one pass.
///
/// Deviations are measured from the mean of the first few pixels, so that a mean far from 0 does not cancel
/// the variance.
///
/// # Errors
/// A buffer that is not a whole number of pixels, or is empty.
pub fn channel_moments(values: &[f32], channels: usize) -> Result<Vec<Moments>, KernelError> {
    let rows = rows("the values", values.len(), channels)?;
    if rows == 0 {
        return Err(KernelError::Zero { what: "number of pixels" });
    }
    let pilot = &values[..rows.min(PILOT) * channels];
    let origin: Vec<f32> = channel_sums(pilot, channels)?
        .into_iter()
        .map(|sum| (sum / (pilot.len() / channels) as f64) as f32)
        .collect();
    let sums = sweep(rows, channels, &Deviations { values, origin: &origin });
    let moments = sums.iter().zip(&origin).map(|(&[sum, squares], &origin)| {
        let shift = sum / rows as f64;
        Moments { mean: f64::from(origin) + shift, var: (squares / rows as f64 - shift * shift).max(0.0) }
    });
    Ok(moments.collect())
}

struct PlainSum<'a> {
    values: &'a [f32],
}

// SAFETY: reads only.
unsafe impl Terms for PlainSum<'_> {
    #[inline(always)]
    unsafe fn terms<L: Lanes>(&self, row: usize, channel: usize, count: usize) -> [L; 2] {
        // SAFETY: the rows were counted from the buffer's length.
        unsafe { [read(self.values.as_ptr().add(row + channel), count), L::splat(0.0)] }
    }
}

struct Deviations<'a> {
    values: &'a [f32],
    /// One number per channel.
    origin: &'a [f32],
}

// SAFETY: reads only.
unsafe impl Terms for Deviations<'_> {
    #[inline(always)]
    unsafe fn terms<L: Lanes>(&self, row: usize, channel: usize, count: usize) -> [L; 2] {
        // SAFETY: the rows were counted from the buffer's length; an origin for every channel.
        unsafe {
            let value: L = read(self.values.as_ptr().add(row + channel), count);
            let deviation = value.sub(read(self.origin.as_ptr().add(channel), count));
            [deviation, deviation.mul(deviation)]
        }
    }
}

//! Kernels of batch normalisation: sums per channel over all pixels, and element-wise maps with factors per
//! channel.
//!
//! All buffers are `[pixels, channels]`, read row by row. Sums are taken in `f32` over few pixels and in
//! `f64` over those sums, in an order that the shape (and the width of the vectors) alone determines.

mod backward;
mod concat;
mod map;
mod moments;
mod normalise;
mod sum;
#[cfg(test)]
mod tests;

pub use backward::{
    Gate, NormBackward, NormInputGradient, norm_backward_input, norm_backward_input_in_place,
    norm_backward_sums,
};
pub use concat::{ConcatPart, concat_channels};
pub use moments::{Moments, channel_moments, channel_sums};
pub use normalise::{Affine, normalise, normalise_in_place};

use super::KernelError;
use super::lanes::Lanes;

/// Numbers that one task reads at least, if there are as many.
const TASK: usize = 1 << 16;

/// Number of rows of `channels` per task.
fn rows_per_task(channels: usize) -> usize {
    (TASK / channels).max(1)
}

/// Number of rows of a `[pixels, channels]` buffer.
fn rows(what: &'static str, len: usize, channels: usize) -> Result<usize, KernelError> {
    if channels == 0 {
        return Err(KernelError::Zero { what: "number of channels" });
    }
    super::error::check_length(what, len, len / channels * channels)?;
    Ok(len / channels)
}

/// Loads the next `count` numbers, at most a vector.
///
/// # Safety
/// `from` is readable for `count` numbers, and the machine has the instructions of `L`.
#[inline(always)]
unsafe fn read<L: Lanes>(from: *const f32, count: usize) -> L {
    // SAFETY: as the caller.
    unsafe { if count >= L::WIDTH { L::load(from) } else { L::load_first(from, count) } }
}

/// Stores the next `count` numbers.
///
/// # Safety
/// As [`read`], for writing.
#[inline(always)]
unsafe fn write<L: Lanes>(value: L, to: *mut f32, count: usize) {
    // SAFETY: as the caller.
    unsafe { if count >= L::WIDTH { value.store(to) } else { value.store_first(to, count) } }
}

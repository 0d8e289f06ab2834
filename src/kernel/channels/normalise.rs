use super::map::{ElementMap, each};
use super::{read, rows};
use crate::error::check_length;
use crate::lanes::Lanes;
use crate::raw::Shared;
use crate::{KernelError, OutputRange};

/// `scale * x + shift`, a pair of numbers per channel.
#[derive(Clone, Copy, Debug)]
pub struct Affine<'a> {
    /// Factor.
    pub scale: &'a [f32],
    /// Summand.
    pub shift: &'a [f32],
}

impl Affine<'_> {
    pub(super) fn check(&self, channels: usize) -> Result<(), KernelError> {
        check_length("the scale", self.scale.len(), channels)?;
        check_length("the shift", self.shift.len(), channels)
    }

    /// Applies it to `value`.
    ///
    /// # Safety
    /// `channel + count` is at most the number of channels; the machine has the instructions of `L`.
    #[inline(always)]
    pub(super) unsafe fn at<L: Lanes>(&self, value: L, channel: usize, count: usize) -> L {
        // SAFETY: as the caller.
        unsafe {
            let scale = read(self.scale.as_ptr().add(channel), count);
            value.mul_add(scale, read(self.shift.as_ptr().add(channel), count))
        }
    }
}

/// `output = limit(scale * input + shift + residual)` to `range`; all are
/// `[pixels, channels]`.
///
/// # Errors
/// Buffers whose lengths do not fit each other.
pub fn normalise(
    input: &[f32],
    affine: Affine<'_>,
    residual: Option<&[f32]>,
    range: OutputRange,
    output: &mut [f32],
) -> Result<(), KernelError> {
    check_length("the output", output.len(), input.len())?;
    run(input.as_ptr(), affine, residual, range, output)
}

/// Like [`normalise`], but overwrites the input.
///
/// # Errors
/// Buffers whose lengths do not fit each other.
pub fn normalise_in_place(
    data: &mut [f32],
    affine: Affine<'_>,
    residual: Option<&[f32]>,
    range: OutputRange,
) -> Result<(), KernelError> {
    run(data.as_ptr(), affine, residual, range, data)
}

/// `input` is as long as `output`, or the same buffer.
fn run(
    input: *const f32,
    affine: Affine<'_>,
    residual: Option<&[f32]>,
    range: OutputRange,
    output: &mut [f32],
) -> Result<(), KernelError> {
    let channels = affine.scale.len();
    affine.check(channels)?;
    let rows = rows("the output", output.len(), channels)?;
    if let Some(residual) = residual {
        check_length("the residual", residual.len(), output.len())?;
    }
    each(
        rows,
        channels,
        &NormaliseMap { input: InputPlace(input), affine, residual, range },
        &Shared::new(output),
    );
    Ok(())
}

/// Pointer to the input, which may be the output buffer.
struct InputPlace(*const f32);
// SAFETY: every task reads the elements that it alone writes, before it writes them.
unsafe impl Sync for InputPlace {}

struct NormaliseMap<'a> {
    input: InputPlace,
    affine: Affine<'a>,
    residual: Option<&'a [f32]>,
    range: OutputRange,
}

// SAFETY: reads its own element only.
unsafe impl ElementMap for NormaliseMap<'_> {
    #[inline(always)]
    unsafe fn value<L: Lanes>(&self, row: usize, channel: usize, count: usize) -> L {
        // SAFETY: input and residual are as long as the output.
        unsafe {
            let at = row + channel;
            let mut value = self.affine.at::<L>(read(self.input.0.add(at), count), channel, count);
            if let Some(residual) = self.residual {
                value = value.add(read(residual.as_ptr().add(at), count));
            }
            self.range.limit_lanes(value)
        }
    }
}

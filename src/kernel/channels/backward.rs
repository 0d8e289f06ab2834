use super::map::{ElementMap, each};
use super::sum::{Terms, sweep};
use super::{Affine, read, rows, write};
use crate::error::check_length;
use crate::lanes::Lanes;
use crate::raw::Shared;
use crate::{KernelError, OutputRange};

/// Values by which the backward pass of a normalisation knows where its result was limited.
#[derive(Clone, Copy, Debug)]
pub enum Gate<'a> {
    /// Nothing was limited.
    Open,
    /// The normalised values, recomputed from the input: the gradient is 0 where they are not inside the range.
    Normalised(Affine<'a>),
    /// The limited results: the gradient is 0 where they are not inside the range.
    Output(&'a [f32]),
}

/// Operands of the backward pass of a normalisation.
#[derive(Clone, Copy, Debug)]
pub struct NormBackward<'a> {
    /// The normalisation's input, `[pixels, channels]`; without it, deviations from the mean count as 0.
    pub input: Option<&'a [f32]>,
    /// Mean per channel.
    pub mean: &'a [f32],
    /// Values by which the limited results are told.
    pub gate: Gate<'a>,
    /// Range to which the result was limited; not read where the gate is open.
    pub range: OutputRange,
}

impl NormBackward<'_> {
    fn rows(&self, gradient: &[f32]) -> Result<usize, KernelError> {
        let channels = self.mean.len();
        if let Some(input) = self.input {
            check_length("the input", input.len(), gradient.len())?;
        }
        match self.gate {
            Gate::Open => {}
            Gate::Output(output) => check_length("the output", output.len(), gradient.len())?,
            Gate::Normalised(affine) => {
                affine.check(channels)?;
                let found = self.input.map_or(0, <[f32]>::len);
                check_length("the input", found, gradient.len())?;
            }
        }
        rows("the gradient", gradient.len(), channels)
    }

    /// The gradient after the mask of the range, and the input minus its mean.
    ///
    /// # Safety
    /// As [`Terms::terms`]; `gradient` is readable where [`NormBackward::rows`] checked.
    #[inline(always)]
    unsafe fn at<L: Lanes>(&self, gradient: *const f32, row: usize, channel: usize, count: usize) -> [L; 2] {
        // SAFETY: as the caller; input and output are as long as the gradient.
        unsafe {
            let at = row + channel;
            let mut gradient: L = read(gradient.add(at), count);
            if let Gate::Output(output) = self.gate {
                gradient = self.range.gate_lanes(gradient, read(output.as_ptr().add(at), count));
            }
            let Some(input) = self.input else { return [gradient, L::splat(0.0)] };
            let input: L = read(input.as_ptr().add(at), count);
            if let Gate::Normalised(affine) = self.gate {
                gradient = self.range.gate_lanes(gradient, affine.at(input, channel, count));
            }
            [gradient, input.sub(read(self.mean.as_ptr().add(channel), count))]
        }
    }
}

/// Per channel, the sum of the gradient after the mask of the range, and the sum of its product with the input minus
/// its mean.
///
/// With `cut`, the masked gradient replaces `gradient`.
///
/// # Errors
/// Buffers whose lengths do not fit each other.
pub fn norm_backward_sums(
    norm: NormBackward<'_>,
    cut: bool,
    gradient: &mut [f32],
) -> Result<Vec<[f64; 2]>, KernelError> {
    let rows = norm.rows(gradient)?;
    Ok(sweep(rows, norm.mean.len(), &GradientSums { norm, cut, gradient: Shared::new(gradient) }))
}

struct GradientSums<'a> {
    norm: NormBackward<'a>,
    cut: bool,
    gradient: Shared<'a>,
}

// SAFETY: writes its own element of the gradient only.
unsafe impl Terms for GradientSums<'_> {
    #[inline(always)]
    unsafe fn terms<L: Lanes>(&self, row: usize, channel: usize, count: usize) -> [L; 2] {
        // SAFETY: all buffers are as long as the gradient.
        unsafe {
            let [gradient, deviation] = self.norm.at::<L>(self.gradient.at(0), row, channel, count);
            if self.cut {
                write(gradient, self.gradient.at(row + channel), count);
            }
            [gradient, gradient.mul(deviation)]
        }
    }
}

/// Factors that convert the gradient at a normalisation's output to the one at its input:
/// `scale * (g - mean_gradient - slope * (x - mean))`, where `g` is the gradient after the mask of the range.
#[derive(Clone, Copy, Debug)]
pub struct NormInputGradient<'a> {
    /// Scale per channel.
    pub scale: &'a [f32],
    /// Mean of `g` per channel; 0 if the statistics are constants.
    pub mean_gradient: &'a [f32],
    /// Slope per channel; 0 in the same case.
    pub slope: &'a [f32],
}

/// Computes the gradient with respect to a normalisation's input.
///
/// # Errors
/// Buffers whose lengths do not fit each other.
pub fn norm_backward_input(
    norm: NormBackward<'_>,
    factors: NormInputGradient<'_>,
    gradient: &[f32],
    input_gradient: &mut [f32],
) -> Result<(), KernelError> {
    check_length("the input gradient", input_gradient.len(), gradient.len())?;
    write_input_gradient(norm, factors, gradient.as_ptr(), input_gradient)
}

/// Like [`norm_backward_input`], but overwrites the gradient at the output.
///
/// # Errors
/// Buffers whose lengths do not fit each other.
pub fn norm_backward_input_in_place(
    norm: NormBackward<'_>,
    factors: NormInputGradient<'_>,
    gradient: &mut [f32],
) -> Result<(), KernelError> {
    write_input_gradient(norm, factors, gradient.as_ptr(), gradient)
}

/// `gradient` is as long as `out`, or the same buffer.
fn write_input_gradient(
    norm: NormBackward<'_>,
    factors: NormInputGradient<'_>,
    gradient: *const f32,
    out: &mut [f32],
) -> Result<(), KernelError> {
    let rows = norm.rows(out)?;
    let channels = norm.mean.len();
    for (what, values) in [
        ("the scale", factors.scale),
        ("the mean gradient", factors.mean_gradient),
        ("the slope", factors.slope),
    ] {
        check_length(what, values.len(), channels)?;
    }
    each(rows, channels, &Input { norm, factors, gradient }, &Shared::new(out));
    Ok(())
}

struct Input<'a> {
    norm: NormBackward<'a>,
    factors: NormInputGradient<'a>,
    /// May be the output buffer.
    gradient: *const f32,
}

// SAFETY: every task reads the gradients that it alone writes, before it writes them; the rest is only read.
unsafe impl Sync for Input<'_> {}

// SAFETY: reads no element of the output but its own.
unsafe impl ElementMap for Input<'_> {
    #[inline(always)]
    unsafe fn value<L: Lanes>(&self, row: usize, channel: usize, count: usize) -> L {
        // SAFETY: all buffers are as long as the output; factors for every channel.
        unsafe {
            let [gradient, deviation] = self.norm.at::<L>(self.gradient, row, channel, count);
            let factor = |values: &[f32]| read::<L>(values.as_ptr().add(channel), count);
            let straight = gradient.sub(factor(self.factors.mean_gradient));
            factor(self.factors.scale).mul(straight.sub(factor(self.factors.slope).mul(deviation)))
        }
    }
}

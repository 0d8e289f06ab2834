//! Convolution forwards.

use half::bf16;

use super::filter::{Bf16Filter, PANEL};
use super::finish::Style;
use super::plan::{Plan, cut, part};
use super::task::Product;
use crate::kernel::error::check_length;
use crate::kernel::{ConvShape, KernelError};

/// What follows the sums, in `f32`, before the one rounding to bf16: bias, then residual, then ReLU.
#[derive(Clone, Copy, Default)]
pub struct Bf16Epilogue<'a> {
    /// One addend per output channel.
    pub bias: Option<&'a [f32]>,
    /// One addend per output.
    pub residual: Option<&'a [bf16]>,
    /// Negative results become zero.
    pub relu: bool,
}

/// Whether the bf16 kernels carry out this convolution: all but those in groups.
///
/// # Errors
/// Groups.
pub fn supports(shape: &ConvShape) -> Result<(), KernelError> {
    let groups = shape.geometry.groups;
    if groups == 1 { Ok(()) } else { Err(KernelError::Bf16Groups { groups }) }
}

/// Convolution of a `[n, h, w, c]` input by packed filters into `[n, h, w, c]`.
///
/// # Errors
/// A machine without AMX, groups, filters of another shape, a buffer whose length is not the one `shape` asks for.
pub fn conv2d_forward_bf16(
    shape: &ConvShape,
    filter: &Bf16Filter,
    input: &[bf16],
    epilogue: &Bf16Epilogue<'_>,
    output: &mut [bf16],
) -> Result<(), KernelError> {
    check_length("the output", output.len(), shape.output_len())?;
    if let Some(residual) = epilogue.residual {
        check_length("the residual", residual.len(), shape.output_len())?;
    }
    let style = Style {
        pitch: shape.out_channels,
        floor: if epilogue.relu { 0.0 } else { f32::NEG_INFINITY },
        wide: false,
    };
    let residual = epilogue.residual.map_or(std::ptr::null(), |residual| residual.as_ptr().cast());
    product(shape, filter, input, epilogue.bias, residual, output.as_mut_ptr().cast(), style)
}

fn product(
    shape: &ConvShape,
    filter: &Bf16Filter,
    input: &[bf16],
    bias: Option<&[f32]>,
    residual: *const u8,
    out: *mut u8,
    style: Style,
) -> Result<(), KernelError> {
    if !super::available() {
        return Err(KernelError::NoTiles);
    }
    supports(shape)?;
    filter.check(shape)?;
    check_length("the input", input.len(), shape.input_len())?;
    let mut padded = vec![0.0; filter.panels() * PANEL];
    if let Some(bias) = bias {
        check_length("the bias", bias.len(), shape.out_channels)?;
        padded[..bias.len()].copy_from_slice(bias);
    }
    let product = Product { shape, filter, input, bias: &padded, residual, out, style };
    let pixels = shape.batch * shape.out_pixels();
    let unit = Plan::new(shape, filter, pixels, filter.panels()).layout.unit(shape);
    let [down, across] = cut(shape, filter.panels());
    spread(down * across, &|task| {
        let pixels = part(pixels, unit, down, task / across);
        let panels = part(filter.panels(), 1, across, task % across);
        if pixels.is_empty() || panels.is_empty() { return; }
        let plan = Plan::new(shape, filter, pixels.len(), panels.len());
        // SAFETY: AMX is available, the lengths were checked, and tasks share no output.
        unsafe { product.run(&plan, pixels, panels) };
    });
    Ok(())
}

/// Runs tasks `0..count`, on the pool where there is more than one.
pub(super) fn spread(count: usize, work: &(impl Fn(usize) + Sync)) {
    fn halves(from: usize, to: usize, work: &(impl Fn(usize) + Sync)) {
        if to - from <= 1 {
            if from < to { work(from); }
            return;
        }
        let middle = from + (to - from) / 2;
        rayon::join(|| halves(from, middle, work), || halves(middle, to, work));
    }
    halves(0, count, work);
}

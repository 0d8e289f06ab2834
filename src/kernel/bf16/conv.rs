//! Forward convolution.

use std::ops::Range;

use half::bf16;

use super::filter::Bf16Filter;
use super::plan::{TileBlocking, cut, part};
use super::product::{Product, Style};
use super::sizes::PANEL;
use super::supported::supports;
use super::unit::Bf16Unit;
use crate::error::check_length;
use crate::team::spread;
use crate::{ConvShape, KernelError, OutputRange, Residual};

/// Operations on the `f32` sums before the single rounding to bf16: bias, then residual, then the range.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bf16Epilogue<'a> {
    /// One addend per output channel.
    pub bias: Option<&'a [f32]>,
    /// Values added to the outputs.
    pub residual: Residual<'a, bf16>,
    /// Range of the outputs.
    pub range: OutputRange,
}

/// Convolution of an `[n, h, w, c]` input with packed filters into `[n, h, w, c]`, by the team that the
/// calling thread leads ([`crate::with_team`]), or else on the rayon pool.
///
/// # Errors
/// A machine without bf16 instructions ([`Bf16Unit`]), groups, filters of another shape, a buffer whose length does not match `shape`.
pub fn conv2d_forward_bf16(
    shape: &ConvShape,
    filter: &Bf16Filter,
    input: &[bf16],
    epilogue: &Bf16Epilogue<'_>,
    output: &mut [bf16],
) -> Result<(), KernelError> {
    let bias = padded_bias(filter, epilogue.bias)?;
    let product = checked(shape, filter, input, epilogue, &bias, output)?;
    everything(&product);
    Ok(())
}

/// Computes the output rows `rows`, counted over all images, of [`conv2d_forward_bf16`] on the calling
/// thread: for callers that run an image through several layers while it is in a core's cache. Other rows are
/// not touched.
///
/// # Errors
/// As for [`conv2d_forward_bf16`], and rows beyond the last.
pub fn conv2d_rows_bf16(
    shape: &ConvShape,
    filter: &Bf16Filter,
    input: &[bf16],
    epilogue: &Bf16Epilogue<'_>,
    rows: Range<usize>,
    output: &mut [bf16],
) -> Result<(), KernelError> {
    let bias = padded_bias(filter, epilogue.bias)?;
    let product = checked(shape, filter, input, epilogue, &bias, output)?;
    let all = shape.batch * shape.out_size[0];
    check_length("the range of rows", rows.end.max(all), all)?;
    let width = shape.out_size[1];
    task(&product, rows.start * width..rows.end * width, 0..filter.panels());
    Ok(())
}

/// A product with bf16 results whose buffers have the right lengths.
fn checked<'a>(
    shape: &'a ConvShape,
    filter: &'a Bf16Filter,
    input: &'a [bf16],
    epilogue: &Bf16Epilogue<'a>,
    bias: &'a [f32],
    output: &'a mut [bf16],
) -> Result<Product<'a>, KernelError> {
    check_length("the output", output.len(), shape.output_len())?;
    let out: *mut u8 = output.as_mut_ptr().cast();
    let residual = match epilogue.residual {
        Residual::Of(residual) => {
            check_length("the residual", residual.len(), shape.output_len())?;
            residual.as_ptr().cast()
        }
        Residual::InPlace => out.cast_const(),
        Residual::None => std::ptr::null(),
    };
    let unit = check_operands(shape, filter, input)?;
    let style = Style { pitch: shape.out_channels, range: epilogue.range, wide: false };
    Ok(Product { shape, filter, input, bias, residual, out, style, unit })
}

/// Rejects machines, shapes, filters and inputs that the kernel does not support. Returns the machine's instructions.
pub(super) fn check_operands(
    shape: &ConvShape,
    filter: &Bf16Filter,
    input: &[bf16],
) -> Result<Bf16Unit, KernelError> {
    let unit = Bf16Unit::current().ok_or(KernelError::NoBf16)?;
    supports(shape)?;
    filter.check(shape)?;
    check_length("the input", input.len(), shape.input_len())?;
    Ok(unit)
}

/// The bias padded to whole panels; zeros if there is none.
pub(super) fn padded_bias(filter: &Bf16Filter, bias: Option<&[f32]>) -> Result<Vec<f32>, KernelError> {
    let mut padded = vec![0.0; filter.panels() * PANEL];
    if let Some(bias) = bias {
        check_length("the bias", bias.len(), filter.out_channels())?;
        padded[..bias.len()].copy_from_slice(bias);
    }
    Ok(padded)
}

/// Computes all outputs, in tasks.
pub(super) fn everything(product: &Product<'_>) {
    let Product { shape, filter, .. } = product;
    let pixels = shape.batch * shape.out_pixels();
    let unit = TileBlocking::new(shape, filter, pixels, filter.panels()).layout.unit(shape);
    let [down, across] = cut(shape, filter.panels());
    spread(down * across, &|index| {
        let pixels = part(pixels, unit, down, index / across);
        task(product, pixels, part(filter.panels(), 1, across, index % across));
    });
}

/// Computes the outputs of some pixels and panels, which no other task may write meanwhile.
fn task(product: &Product<'_>, pixels: Range<usize>, panels: Range<usize>) {
    if pixels.is_empty() || panels.is_empty() {
        return;
    }
    #[cfg(target_arch = "x86_64")]
    {
        let plan = TileBlocking::new(product.shape, product.filter, pixels.len(), panels.len());
        // SAFETY: `check_operands` verified the instructions and the lengths; tasks share no output.
        unsafe { product.run(&plan, pixels, panels) };
    }
    // On other processors `check_operands` has returned an error.
    #[cfg(not(target_arch = "x86_64"))]
    let _ = product;
}

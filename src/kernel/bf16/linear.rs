//! Fully connected layers.

use half::bf16;

use super::conv::{Bf16Epilogue, check_operands, conv2d_forward_bf16, everything, padded_bias};
use super::filter::Bf16Filter;
use super::product::{Product, Style};
use crate::error::check_length;
use crate::{ConvGeometry, ConvShape, KernelError, OutputRange};

impl Bf16Filter {
    /// Packs the weights of a fully connected layer, `[outputs, inputs]`, for [`linear_bf16`].
    ///
    /// # Errors
    /// A size of zero, or a weight of another length.
    pub fn pack_linear(inputs: usize, outputs: usize, weight: &[f32]) -> Result<Self, KernelError> {
        Self::pack(&shape(1, inputs, outputs)?, weight)
    }
}

/// A fully connected layer: `rows` vectors `[rows, inputs]` times packed weights, plus a bias. The result
/// `[rows, outputs]` is `f32` and not rounded.
///
/// # Errors
/// A machine without bf16 instructions, or a buffer whose length does not fit.
pub fn linear_bf16(
    filter: &Bf16Filter,
    rows: usize,
    input: &[bf16],
    bias: Option<&[f32]>,
    output: &mut [f32],
) -> Result<(), KernelError> {
    let shape = shape(rows, filter.in_channels(), filter.out_channels())?;
    check_length("the output", output.len(), shape.output_len())?;
    let unit = check_operands(&shape, filter, input)?;
    let bias = padded_bias(filter, bias)?;
    let style = Style { pitch: shape.out_channels, range: OutputRange::ALL, wide: true };
    let (residual, out) = (std::ptr::null(), output.as_mut_ptr().cast());
    everything(&Product { shape: &shape, filter, input, bias: &bias, residual, out, style, unit });
    Ok(())
}

/// A hidden fully connected layer: like [`linear_bf16`], followed by ReLU and rounding to bf16.
///
/// # Errors
/// A machine without bf16 instructions, or a buffer whose length does not fit.
pub fn linear_relu_bf16(
    filter: &Bf16Filter,
    rows: usize,
    input: &[bf16],
    bias: Option<&[f32]>,
    output: &mut [bf16],
) -> Result<(), KernelError> {
    let shape = shape(rows, filter.in_channels(), filter.out_channels())?;
    let epilogue = Bf16Epilogue { bias, range: OutputRange::RELU, ..Bf16Epilogue::default() };
    conv2d_forward_bf16(&shape, filter, input, &epilogue, output)
}

/// Vectors as the pixels of one image with a single column, so that they share tiles whatever their length.
fn shape(rows: usize, inputs: usize, outputs: usize) -> Result<ConvShape, KernelError> {
    ConvShape::new([1, rows, 1, inputs], outputs, [1; 2], ConvGeometry::default())
}

//! Gradient of a convolution with respect to its input.

use rayon::prelude::*;

use super::conv_filter::Algorithm;
use super::conv_forward::Cut;
use super::depthwise::{self, DepthwiseFilter};
use super::error::check_length;
use super::phase::Phase;
use super::raw::Shared;
use super::scratch::with_scratch;
use super::{
    AxisPadding, ConvGeometry, ConvShape, Epilogue, Filter, Isa, KernelError, Residual, conv2d_forward,
};

/// Weights packed for the gradient with respect to the input.
#[derive(Debug)]
pub struct BackwardFilter {
    /// Shape that it was packed for.
    shape: ConvShape,
    packed: PackedGradient,
}

#[derive(Debug)]
enum PackedGradient {
    /// The gradient is a convolution with the flipped filter.
    Reversed(Filter),
    /// The weights that reach each residue of the input's pixels modulo the stride.
    Phases(Vec<Phase>),
    /// One filter per channel.
    Depthwise(DepthwiseFilter),
}

impl BackwardFilter {
    /// Packs the weights `[out, in / groups, kernel height, kernel width]`. The algorithm is chosen for the batch of
    /// `shape`; calls with another batch compute the same numbers for each image.
    ///
    /// # Errors
    /// A weight whose length does not match `shape`.
    pub fn pack(shape: &ConvShape, weight: &[f32]) -> Result<Self, KernelError> {
        check_length("the weight", weight.len(), shape.weight_len())?;
        let isa = Isa::current();
        let Some(reversed) = reversed(shape) else {
            let packed = match depthwise::suits(shape) {
                true => {
                    let at = |channel: usize, tap: usize| weight[channel * shape.taps() + tap];
                    PackedGradient::Depthwise(DepthwiseFilter::new(isa, shape, at))
                }
                false => PackedGradient::Phases(Phase::all(isa, shape, weight)),
            };
            return Ok(Self { shape: *shape, packed });
        };
        let (taps, inputs, outputs) = (shape.taps(), shape.group_in(), shape.group_out());
        let filter = Filter::pack_by(isa, Algorithm::Fastest, &reversed, |group, tap, output, input| {
            weight[((group * outputs + output) * inputs + input) * taps + taps - 1 - tap]
        });
        Ok(Self { shape: *shape, packed: PackedGradient::Reversed(filter) })
    }

    /// Checks that the filter was packed for this convolution; the batch and the size of the images may differ.
    fn check(&self, shape: &ConvShape) -> Result<(), KernelError> {
        let packed = &self.shape;
        check_length("the packed filter's input channels", packed.in_channels, shape.in_channels)?;
        check_length("the packed filter's output channels", packed.out_channels, shape.out_channels)?;
        match packed.kernel == shape.kernel && packed.geometry == shape.geometry {
            true => Ok(()),
            false => Err(KernelError::OtherGeometry),
        }
    }
}

/// Computes the gradient with respect to the input, from packed weights.
///
/// It overwrites `input_gradient`, or is added to it with `accumulate`.
///
/// # Errors
/// A buffer or a filter that does not match `shape`.
pub fn conv2d_backward_data(
    shape: &ConvShape,
    filter: &BackwardFilter,
    output_gradient: &[f32],
    accumulate: bool,
    input_gradient: &mut [f32],
) -> Result<(), KernelError> {
    check_length("the output gradient", output_gradient.len(), shape.output_len())?;
    check_length("the input gradient", input_gradient.len(), shape.input_len())?;
    filter.check(shape)?;
    match (&filter.packed, reversed(shape)) {
        (PackedGradient::Reversed(filter), Some(reversed)) => {
            let residual = if accumulate { Residual::InPlace } else { Residual::None };
            let epilogue = Epilogue { residual, ..Epilogue::default() };
            conv2d_forward(&reversed, output_gradient, filter, &epilogue, input_gradient)
        }
        (PackedGradient::Phases(phases), None) => {
            let out = Shared::new(input_gradient);
            phases.iter().for_each(|phase| by_phase(shape, phase, output_gradient, accumulate, &out));
            Ok(())
        }
        (PackedGradient::Depthwise(filter), None) => {
            depthwise::backward_data(shape, filter, output_gradient, accumulate, input_gradient);
            Ok(())
        }
        _ => Err(KernelError::OtherGeometry),
    }
}

/// At stride 1 the gradient is a convolution of the output gradient with the flipped filter, unless the
/// padding is wider than the filter's reach.
fn reversed(shape: &ConvShape) -> Option<ConvShape> {
    let ConvGeometry { stride, padding, dilation, groups } = shape.geometry;
    let pad = |axis: usize| {
        let reach = dilation[axis] * (shape.kernel[axis] - 1);
        let AxisPadding { before, after } = padding[axis];
        Some(AxisPadding { before: reach.checked_sub(before)?, after: reach.checked_sub(after)? })
    };
    let padding = [pad(0)?, pad(1)?];
    let [batch, height, width, channels] = shape.output();
    let geometry = ConvGeometry { stride: [1; 2], padding, dilation, groups };
    let new = || ConvShape::new([batch, height, width, channels], shape.in_channels, shape.kernel, geometry);
    (stride == [1; 2]).then(new)?.ok()
}

/// Input pixels of one phase: tiles of gathered output gradients times the phase's taps, each row added to
/// its own pixel.
fn by_phase(shape: &ConvShape, phase: &Phase, gradient: &[f32], accumulate: bool, out: &Shared<'_>) {
    let rows = phase.rows(shape);
    if rows == 0 || (phase.taps.is_empty() && accumulate) {
        return;
    }
    let panels = &phase.panels;
    if phase.taps.is_empty() {
        (0..rows).into_par_iter().with_min_len(256).for_each(|row| {
            let at = phase.pixel(shape, row) * shape.in_channels;
            // SAFETY: the pixel is inside the input gradient, and no other row has it.
            unsafe { std::slice::from_raw_parts_mut(out.at(at), shape.in_channels) }.fill(0.0);
        });
        return;
    }
    let cut = Cut::new(rows, panels);
    let stride = panels.depth.next_multiple_of(16) + 16;
    (0..shape.groups() * cut.chunks * cut.blocks).into_par_iter().for_each(|task| {
        let (chunk, block) = (task / cut.blocks, task % cut.blocks);
        let (group, chunk) = (chunk / cut.chunks, chunk % cut.chunks);
        let range = chunk * cut.chunk..((chunk + 1) * cut.chunk).min(panels.panels());
        let first = block * cut.block * cut.tile;
        let end = (first + cut.block * cut.tile).min(rows);
        with_scratch(cut.tile * (stride + shape.group_in().next_multiple_of(64)), |scratch| {
            let (windows, sums) = scratch.split_at_mut(cut.tile * stride);
            for first in (first..end).step_by(cut.tile) {
                let rows = first..(first + cut.tile).min(end);
                phase.gather(shape, gradient, group, rows.clone(), stride, windows);
                phase.multiply(group, range.clone(), rows.len(), (windows, stride), sums);
                phase.scatter(shape, (group, range.clone()), rows, sums, accumulate, out);
            }
        });
    });
}

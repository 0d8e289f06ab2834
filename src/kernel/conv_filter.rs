//! Filters of convolutions, packed for the algorithm that computes them.

use super::depthwise::{self, DepthwiseFilter};
use super::error::check_length;
use super::f32::filter::Panels;
use super::winograd::{self, WinogradFilter};
use super::{ConvShape, Isa, KernelError};

/// A convolution's weights, packed for this machine; usable for any batch size and image size.
///
/// The algorithm is chosen when packing, for the shape given there: results do not depend on the batch of a
/// later call.
#[derive(Clone, Debug)]
pub struct Filter {
    packed: Packed,
    weight_len: usize,
}

/// Weights in the form that an algorithm reads.
#[derive(Clone, Debug)]
pub(super) enum Packed {
    /// Gathered windows times filters.
    Direct(Panels),
    /// Winograd's F(4x4, 3x3).
    Winograd(WinogradFilter),
    /// The same, with filters transformed during the call.
    Streamed(Panels),
    /// One filter per channel.
    Depthwise(DepthwiseFilter),
}

/// Algorithm of a convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// The fastest one for the shape.
    Fastest,
    /// Gathered windows times filters: its rounding error is that of any `f32` sum.
    Direct,
    /// Winograd's F(4x4, 3x3); for a shape that it cannot compute, [`Algorithm::Direct`].
    Winograd,
    /// Winograd's F(4x4, 3x3) with filters stored untransformed and transformed during the call: for few,
    /// small images.
    StreamedWinograd,
}

impl Filter {
    /// Packs `weight`, `[out, in / groups, kernel height, kernel width]`, for the fastest algorithm.
    ///
    /// # Errors
    /// A weight whose length does not match `shape`.
    pub fn pack(shape: &ConvShape, weight: &[f32]) -> Result<Self, KernelError> {
        Self::pack_for(Isa::current(), Algorithm::Fastest, shape, weight)
    }

    /// Packs `weight` for a given instruction set and algorithm. An instruction set that this machine does
    /// not have is replaced by the portable one.
    ///
    /// # Errors
    /// A weight whose length does not match `shape`.
    pub fn pack_for(
        isa: Isa,
        algorithm: Algorithm,
        shape: &ConvShape,
        weight: &[f32],
    ) -> Result<Self, KernelError> {
        check_length("the weight", weight.len(), shape.weight_len())?;
        let isa = if isa.is_available() { isa } else { Isa::Portable };
        let (channels, taps, outputs) = (shape.group_in(), shape.taps(), shape.group_out());
        Ok(Self::pack_by(isa, algorithm, shape, |group, tap, channel, output| {
            weight[((group * outputs + output) * channels + channel) * taps + tap]
        }))
    }

    /// Packs the weights `at(group, tap, input channel of the group, output channel of the group)`.
    pub(super) fn pack_by(
        isa: Isa,
        algorithm: Algorithm,
        shape: &ConvShape,
        at: impl Fn(usize, usize, usize, usize) -> f32 + Sync,
    ) -> Self {
        if depthwise::suits(shape) {
            let filter = DepthwiseFilter::new(isa, shape, |channel, tap| at(channel, tap, 0, 0));
            return Self { packed: Packed::Depthwise(filter), weight_len: shape.weight_len() };
        }
        let algorithm = match algorithm {
            Algorithm::Fastest => winograd::fastest(shape),
            other if winograd::suits(shape) => other,
            _ => Algorithm::Direct,
        };
        let panels = || {
            Panels::pack_taps(isa, [shape.groups(), shape.taps(), shape.group_in(), shape.group_out()], &at)
        };
        let packed = match algorithm {
            Algorithm::Fastest | Algorithm::Direct => Packed::Direct(panels()),
            Algorithm::StreamedWinograd => {
                Packed::Streamed(winograd::pack_streamed(isa, shape, |tap, input, output| {
                    at(0, tap, input, output)
                }))
            }
            Algorithm::Winograd => Packed::Winograd(WinogradFilter::new(isa, shape, |input, output| {
                std::array::from_fn(|tap| at(0, tap, input, output))
            })),
        };
        Self { packed, weight_len: shape.weight_len() }
    }

    /// The weights as the algorithm reads them.
    pub(super) fn packed(&self) -> &Packed {
        &self.packed
    }

    /// Checks the lengths of a convolution's operands.
    ///
    /// # Errors
    /// The first buffer whose length does not match `shape`.
    pub(super) fn check_operands(
        &self,
        shape: &ConvShape,
        input: usize,
        bias: Option<&[f32]>,
        output: usize,
    ) -> Result<(), KernelError> {
        check_length("the input", input, shape.input_len())?;
        check_length("the weight", self.weight_len, shape.weight_len())?;
        check_length("the output", output, shape.output_len())?;
        bias.map_or(Ok(()), |bias| check_length("the bias", bias.len(), shape.out_channels))
    }

    /// Number of weights.
    pub(super) fn weight_len(&self) -> usize {
        self.weight_len
    }

    /// The panels, if gathered windows are multiplied by them.
    pub(super) fn direct(&self) -> Option<&Panels> {
        match &self.packed {
            Packed::Direct(panels) => Some(panels),
            _ => None,
        }
    }

    /// The weights, if there is one filter per channel.
    pub(super) fn depthwise(&self) -> Option<&DepthwiseFilter> {
        match &self.packed {
            Packed::Depthwise(filter) => Some(filter),
            _ => None,
        }
    }

    /// Size in bytes.
    pub fn bytes(&self) -> usize {
        match &self.packed {
            Packed::Direct(panels) | Packed::Streamed(panels) => panels.bytes(),
            Packed::Winograd(filter) => filter.panels.bytes(),
            Packed::Depthwise(filter) => filter.bytes(),
        }
    }
}

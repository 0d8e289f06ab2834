//! Filters packed as the tile instructions read them.

use half::bf16;

use super::buffer::Bf16Buffer;
use super::conv::supports;
use crate::kernel::error::check_length;
use crate::kernel::{ConvShape, KernelError};

/// Filters of one panel: two tiles.
pub(super) const PANEL: usize = 32;
/// Products per step: one tile instruction.
pub(super) const STEP: usize = 32;
/// Elements of one step of one panel: two tiles of 16 pairs x 16 filters x 2.
pub(super) const STEP_LEN: usize = PANEL * STEP;

/// The filters of a convolution, rounded to bf16 and packed for the tile instructions.
///
/// The products of one output are ordered (tap, channel) and padded with zeros to whole steps of 32; filters are
/// padded with zeros to panels of 32. A panel's steps follow each other, so that a pass over it reads memory in
/// one direction.
pub struct Bf16Filter {
    data: Bf16Buffer,
    in_channels: usize,
    out_channels: usize,
    kernel: [usize; 2],
    steps: usize,
}

impl Bf16Filter {
    /// Packs `weight`, `[out, in, kernel height, kernel width]`.
    ///
    /// # Errors
    /// Groups, or a weight whose length is not the one `shape` asks for.
    pub fn pack(shape: &ConvShape, weight: &[f32]) -> Result<Self, KernelError> {
        supports(shape)?;
        check_length("the weight", weight.len(), shape.weight_len())?;
        let (channels, taps) = (shape.in_channels, shape.taps());
        let steps = (taps * channels).div_ceil(STEP);
        let panels = shape.out_channels.div_ceil(PANEL);
        let mut data = Bf16Buffer::zeros(panels * steps * STEP_LEN);
        for (filter, weights) in weight.chunks_exact(channels * taps).enumerate() {
            let (panel, column) = (filter / PANEL, filter % PANEL);
            let panel = &mut data[panel * steps * STEP_LEN..][..steps * STEP_LEN];
            for (channel, weights) in weights.chunks_exact(taps).enumerate() {
                for (tap, &weight) in weights.iter().enumerate() {
                    let depth = tap * channels + channel;
                    panel[depth / STEP * STEP_LEN + place(depth % STEP, column)] = bf16::from_f32(weight);
                }
            }
        }
        Ok(Self { data, in_channels: channels, out_channels: shape.out_channels, kernel: shape.kernel, steps })
    }

    /// Refuses a shape these filters were not packed for.
    pub(super) fn check(&self, shape: &ConvShape) -> Result<(), KernelError> {
        let packed = [self.out_channels, self.in_channels, self.kernel[0], self.kernel[1]];
        let asked = [shape.out_channels, shape.in_channels, shape.kernel[0], shape.kernel[1]];
        if packed == asked { Ok(()) } else { Err(KernelError::FilterShape { packed, asked }) }
    }

    /// The packed panels, one after the other.
    pub(super) fn data(&self) -> &[bf16] {
        &self.data
    }

    /// Steps of 32 products per output.
    pub(super) fn steps(&self) -> usize {
        self.steps
    }

    /// Panels of 32 filters.
    pub(super) fn panels(&self) -> usize {
        self.out_channels.div_ceil(PANEL)
    }
}

/// Where product `depth` of filter `column` lies in a step: tile, pair of products, filter, member of the pair.
fn place(depth: usize, column: usize) -> usize {
    column / 16 * (STEP_LEN / 2) + depth / 2 * 32 + column % 16 * 2 + depth % 2
}

//! Filters packed in the order in which the tile instructions read them.

use half::bf16;

use super::buffer::Bf16Buffer;
use super::sizes::{PANEL, STEP, STEP_LEN};
use super::supported::supports;
use crate::error::check_length;
use crate::{ConvShape, KernelError};

/// The products of one output: `count` runs of `len` contiguous inputs, each padded with zeros to whole
/// steps. A run is a row of the kernel, or one tap where dilation separates the taps of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Runs {
    pub count: usize,
    pub len: usize,
}

impl Runs {
    pub fn of(shape: &ConvShape) -> Self {
        let [high, wide] = shape.kernel;
        if shape.geometry.dilation[1] == 1 || wide == 1 {
            Self { count: high, len: wide * shape.in_channels }
        } else {
            Self { count: high * wide, len: shape.in_channels }
        }
    }

    /// Steps of 32 products per run.
    pub fn steps(self) -> usize {
        self.len.div_ceil(STEP)
    }

    /// True if runs fill whole steps.
    pub fn whole(self) -> bool {
        self.len.is_multiple_of(STEP)
    }
}

/// The filters of a convolution, rounded to bf16 and packed for the tile instructions.
///
/// Filters are padded with zeros to panels of 32. A panel's steps are contiguous, so that a pass over it
/// reads memory in one direction.
pub struct Bf16Filter {
    data: Bf16Buffer,
    in_channels: usize,
    out_channels: usize,
    kernel: [usize; 2],
    runs: Runs,
}

impl Bf16Filter {
    /// Packs `weight`, `[out, in, kernel height, kernel width]`.
    ///
    /// # Errors
    /// Groups, or a weight whose length does not match `shape`.
    pub fn pack(shape: &ConvShape, weight: &[f32]) -> Result<Self, KernelError> {
        supports(shape)?;
        check_length("the weight", weight.len(), shape.weight_len())?;
        let (channels, taps) = (shape.in_channels, shape.taps());
        let runs = Runs::of(shape);
        let panel_len = runs.count * runs.steps() * STEP_LEN;
        let mut data = Bf16Buffer::zeros(shape.out_channels.div_ceil(PANEL) * panel_len);
        for (filter, weights) in weight.chunks_exact(channels * taps).enumerate() {
            let (panel, column) = (filter / PANEL, filter % PANEL);
            let panel = &mut data[panel * panel_len..][..panel_len];
            for (channel, weights) in weights.chunks_exact(taps).enumerate() {
                for (tap, &weight) in weights.iter().enumerate() {
                    let product = tap * channels + channel;
                    let (run, at) = (product / runs.len, product % runs.len);
                    let step = run * runs.steps() + at / STEP;
                    panel[step * STEP_LEN + place(at % STEP, column)] = bf16::from_f32(weight);
                }
            }
        }
        let (out_channels, kernel) = (shape.out_channels, shape.kernel);
        Ok(Self { data, in_channels: channels, out_channels, kernel, runs })
    }

    /// Size in bytes.
    pub fn bytes(&self) -> usize {
        size_of_val(&self.data[..])
    }

    /// Rejects a shape for which these filters were not packed.
    pub(super) fn check(&self, shape: &ConvShape) -> Result<(), KernelError> {
        let packed = [self.out_channels, self.in_channels, self.kernel[0], self.kernel[1]];
        let asked = [shape.out_channels, shape.in_channels, shape.kernel[0], shape.kernel[1]];
        let same = packed == asked && self.runs == Runs::of(shape);
        if same { Ok(()) } else { Err(KernelError::FilterShape { packed, asked }) }
    }

    /// The packed steps of `panel` from `step` on.
    pub(super) fn at(&self, panel: usize, step: usize) -> &[bf16] {
        &self.data[(panel * self.steps() + step) * STEP_LEN..]
    }

    /// The products of one output.
    pub(super) fn runs(&self) -> Runs {
        self.runs
    }

    /// Steps of 32 products per output.
    pub(super) fn steps(&self) -> usize {
        self.runs.count * self.runs.steps()
    }

    /// Number of input channels.
    pub(super) fn in_channels(&self) -> usize {
        self.in_channels
    }

    /// Number of filters.
    pub(super) fn out_channels(&self) -> usize {
        self.out_channels
    }

    /// Number of panels of 32 filters.
    pub(super) fn panels(&self) -> usize {
        self.out_channels.div_ceil(PANEL)
    }
}

/// Index of product `depth` of filter `column` within a step; order: tile, pair of products, filter, member
/// of the pair.
fn place(depth: usize, column: usize) -> usize {
    column / 16 * (STEP_LEN / 2) + depth / 2 * 32 + column % 16 * 2 + depth % 2
}

impl std::fmt::Debug for Bf16Filter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (outputs, inputs) = (self.out_channels, self.in_channels);
        write!(f, "Bf16Filter({outputs}x{inputs}x{}x{})", self.kernel[0], self.kernel[1])
    }
}

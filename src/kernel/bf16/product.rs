//! One call: what is multiplied, and where the results go.

use half::bf16;

use super::filter::Bf16Filter;
use crate::ConvShape;

/// A product whose buffers were checked against its shape; tasks write disjoint parts of `out`.
pub(super) struct Product<'a> {
    pub shape: &'a ConvShape,
    pub filter: &'a Bf16Filter,
    pub input: &'a [bf16],
    /// One per filter, padded to whole panels.
    pub bias: &'a [f32],
    /// Null without one.
    pub residual: *const u8,
    pub out: *mut u8,
    pub style: Style,
}

// SAFETY: tasks read the inputs, and write the outputs of their own pixels and filters alone.
unsafe impl Sync for Product<'_> {}

/// How the outputs of one call are written.
#[derive(Clone, Copy)]
pub(super) struct Style {
    /// Outputs between one pixel and the next.
    pub pitch: usize,
    /// Lower bound of an output: zero for ReLU, minus infinity without.
    pub floor: f32,
    /// Writes `f32` and does not round; not with a residual.
    pub wide: bool,
}

impl Style {
    /// Bytes of one output.
    pub fn bytes(&self) -> usize {
        if self.wide { 4 } else { 2 }
    }
}

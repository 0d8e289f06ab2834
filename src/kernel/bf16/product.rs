//! Operands and output of one call.

use half::bf16;

use super::filter::Bf16Filter;
use super::unit::Bf16Unit;
use crate::{ConvShape, OutputRange};

/// A product whose buffers were checked against its shape; tasks write disjoint parts of `out`.
pub(super) struct Product<'a> {
    pub shape: &'a ConvShape,
    pub filter: &'a Bf16Filter,
    pub input: &'a [bf16],
    /// One per filter, padded to whole panels.
    pub bias: &'a [f32],
    /// Null if there is none.
    pub residual: *const u8,
    pub out: *mut u8,
    pub style: Style,
    /// Instructions that compute it.
    pub unit: Bf16Unit,
}

// SAFETY: tasks read the inputs, and write only the outputs of their own pixels and filters.
unsafe impl Sync for Product<'_> {}

/// Format of the outputs of one call.
#[derive(Clone, Copy)]
pub(super) struct Style {
    /// Outputs between one pixel and the next.
    pub pitch: usize,
    /// Range of the outputs.
    pub range: OutputRange,
    /// True to write `f32` without rounding; not combined with a residual.
    pub wide: bool,
}

impl Style {
    /// Size of one output in bytes.
    pub fn bytes(&self) -> usize {
        if self.wide { 4 } else { 2 }
    }
}

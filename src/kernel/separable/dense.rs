//! The convolutions of all channels in a block: a matrix of pixels, or of windows, times packed filters.

use super::SeparablePart;
use crate::f32::filter::Panels;
use crate::f32::tile::{self, Tile, panel_width, tile_rows};
use crate::{ConvShape, Elementwise, OutputRange};

/// A convolution of all channels.
pub(super) struct DenseConv<'a> {
    pub shape: ConvShape,
    pub panels: &'a Panels,
    bias: &'a [f32],
    range: OutputRange,
    /// Function of the limited outputs, which the caller of [`DenseConv::apply`] applies to whole rows.
    pub finish: Option<&'a dyn Elementwise>,
}

/// Pixels that a panel of filters is applied to: where their windows are read and they are written.
pub(super) struct PixelRun {
    /// Number of pixels.
    pub count: usize,
    /// The first number of the first pixel's window.
    pub input: *const f32,
    /// Numbers between the windows of neighbouring pixels.
    pub input_step: usize,
    /// The panel's first channel of the first output pixel.
    pub output: *mut f32,
    /// Numbers between neighbouring pixels of the output.
    pub output_step: usize,
    /// Addends of the output, in its layout, or null. May be `output` itself.
    pub residual: *const f32,
}

impl<'a> DenseConv<'a> {
    /// The convolution of a part, if its filter is packed for it.
    pub fn of(part: &SeparablePart<'a>) -> Option<Self> {
        let SeparablePart { shape, filter, bias, range, finish } = *part;
        Some(Self { shape, panels: filter.direct()?, bias, range, finish })
    }

    /// Applies a panel of filters.
    ///
    /// # Safety
    /// The pointers are valid for the pixels described.
    pub unsafe fn apply(&self, panel: usize, run: &PixelRun) {
        let panels = self.panels;
        let width = panel_width(panels.isa);
        // Equal tiles, as far as that goes.
        let tiles = run.count.div_ceil(tile_rows(panels.isa)).max(1);
        let each = run.count.div_ceil(tiles).max(1);
        for first in (0..run.count).step_by(each) {
            let residual = run.residual;
            let tile = Tile {
                depth: panels.depth,
                a: run.input.wrapping_add(first * run.input_step),
                a_stride: run.input_step,
                panel: panels.panel(0, panel).as_ptr(),
                c: run.output.wrapping_add(first * run.output_step),
                c_stride: run.output_step,
                rows: each.min(run.count - first),
                columns: width.min(panels.columns - panel * width),
                bias: self.bias[panel * width..].as_ptr(),
                residual: if residual.is_null() {
                    residual
                } else {
                    residual.wrapping_add(first * run.output_step)
                },
                range: self.range,
            };
            // SAFETY: as the caller; filters are packed for instructions of this machine.
            unsafe { tile::compute(panels.isa, &tile) }
        }
    }
}

//! How a product is cut into blocks, by its shape alone.

use std::ops::Range;

use super::filter::{Bf16Filter, STEP_LEN};
use super::tiles::BLOCK;
use super::windows::{Layout, Mode, padded_width};
use crate::kernel::ConvShape;

/// The blocking of one task.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    pub layout: Layout,
    /// Output pixels whose windows are laid out together.
    pub chunk: usize,
    /// Steps summed before the next pixels or filters take their turn.
    pub steps: usize,
    /// Whether a panel of filters meets all blocks of a chunk before the next panel.
    pub panels_outer: bool,
}

fn env(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(default)
}

impl Plan {
    pub fn new(shape: &ConvShape, filter: &Bf16Filter, pixels: usize, panels: usize) -> Self {
        let layout = Layout::new(shape, filter.runs(), pixels);
        let all_steps = filter.steps();
        let heavy = panels * all_steps * STEP_LEN * 2 > env("HEAVY", 1024) << 10;
        let unit = layout.unit(shape);
        let (chunk, steps) = match layout.mode {
            Mode::Gathered if heavy => (env("CHUNK", 512), env("KC", 48)),
            Mode::Gathered => (2 * layout.tile, all_steps),
            Mode::Flat => (if heavy { 512 } else { env("FCHUNK", 512) }, env("FKC", 1000)),
            Mode::InPlace => (512, all_steps),
            Mode::Padded => {
                // As many output rows as leave half of a megabyte of input.
                let row = padded_width(shape) * shape.in_channels * 2 * shape.geometry.stride[0];
                let rows = ((env("PADKB", 512) << 10) / row).max(1);
                let rows = if rows >= shape.out_size[0] {
                    rows / shape.out_size[0] * shape.out_size[0]
                } else {
                    rows
                };
                let rows = if rows > layout.tile_rows * 2 {
                    rows / (layout.tile_rows * 2) * layout.tile_rows * 2
                } else {
                    rows
                };
                (rows * unit, all_steps)
            }
        };
        let chunk = (chunk / unit).max(1) * unit;
        Self { layout, chunk, steps: steps.min(all_steps), panels_outer: heavy }
    }
}

/// Tasks: how many ranges of pixels, and of panels.
pub(super) fn cut(shape: &ConvShape, panels: usize) -> [usize; 2] {
    let weight = shape.weight_len();
    let pixels = shape.batch * shape.out_pixels();
    let tasks = (shape.flops() / (env("GRAIN", 100) * 1_000_000)).clamp(1, 64).next_power_of_two();
    let tasks = if shape.flops() > 8_000_000 { tasks.max(2) } else { tasks };
    if weight * env("WN", 1) > shape.input_len() {
        let across = tasks.min(panels);
        [1, across.min(2)]
    } else {
        [tasks.min(pixels.div_ceil(BLOCK)), 1]
    }
}

/// Part `index` of `count` nearly equal parts of `0..len`, in whole multiples of `unit`.
pub(super) fn part(len: usize, unit: usize, count: usize, index: usize) -> Range<usize> {
    let units = len.div_ceil(unit);
    (units * index / count * unit).min(len)..(units * (index + 1) / count * unit).min(len)
}

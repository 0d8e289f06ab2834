//! How a product is cut into blocks, by its shape alone.

use std::ops::Range;

use super::tiles::{BLOCK, STEP};
use crate::kernel::ConvShape;

/// The blocking of one task.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    /// Pixels per block, at most 32.
    pub block: usize,
    /// Pixels whose windows are laid out together.
    pub chunk: usize,
    /// Steps summed before the next pixels or filters take their turn.
    pub steps: usize,
    /// Whether a panel of filters meets all blocks of a chunk before the next panel.
    pub panels_outer: bool,
    /// Whether the input is read in place.
    pub direct: bool,
}

fn env(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(default)
}

impl Plan {
    pub fn new(shape: &ConvShape, pixels: usize, panels: usize, all_steps: usize) -> Self {
        let block = pixels.div_ceil(pixels.div_ceil(BLOCK));
        let whole = shape.in_channels.is_multiple_of(STEP);
        let direct = shape.is_pointwise() && whole && all_steps <= env("DIRECT", 1000);
        let weight_bytes = panels * all_steps * 2048;
        let heavy = weight_bytes > env("HEAVY", 1 << 20) && whole;
        let panels_outer = heavy || env("POUT", 0) == 1;
        let steps = if heavy { env("KC", 48).min(all_steps) } else { all_steps };
        let chunk = if heavy { block * (env("CHUNK", 512) / block).max(1) } else { block };
        Self { block, chunk, steps, panels_outer, direct }
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

/// Part `index` of `count` nearly equal parts of `0..len`, in multiples of `unit` where it can be.
pub(super) fn part(len: usize, unit: usize, count: usize, index: usize) -> Range<usize> {
    let units = len.div_ceil(unit);
    (units * index / count * unit).min(len)..(units * (index + 1) / count * unit).min(len)
}

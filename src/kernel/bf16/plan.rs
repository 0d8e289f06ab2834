//! How a product is cut into blocks, by its shape alone.

use std::ops::Range;

use super::filter::{Bf16Filter, STEP_LEN};
use super::tiles::BLOCK;
use super::windows::{Layout, Mode};
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
    /// Whether the filters stream past the inputs, or the inputs past the filters.
    pub filters_stream: bool,
    /// Whether inputs and outputs are asked for ahead: too large to lie in the cache already.
    pub ahead: bool,
}

fn env(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(default)
}

/// Bytes that may stay in a core's second-level cache beside what streams through it.
const RESIDENT: usize = 3 << 18;

impl Plan {
    pub fn new(shape: &ConvShape, filter: &Bf16Filter, pixels: usize, panels: usize) -> Self {
        let layout = Layout::new(shape, filter.runs(), pixels);
        let all_steps = filter.steps();
        let weights = panels * all_steps * STEP_LEN * 2;
        let unit = layout.unit(shape);
        let pixel = shape.in_channels * 2 * shape.geometry.stride[0] * shape.geometry.stride[1];
        let inputs = pixels * pixel;
        let panels_outer = match env("ORDER", 2) { 0 => false, 1 => true, _ => weights > env("RES", 1280) << 10 };
        let fit = (env("RESIDENT", RESIDENT) / pixel).max(1);
        let kernel_row = all_steps / filter.runs().count.max(1);
        let first_level = env("L1KB", 40) << 10;
        // Input that one block reads for all kernel rows, and for one.
        let (chunk, steps) = match layout.mode {
            Mode::Gathered if weights > inputs.min(1 << 20) => (env("CHUNK", 512), env("KC", 48)),
            Mode::Gathered => (2 * layout.tile, all_steps),
            Mode::Flat if !panels_outer => (pixels, if all_steps > env("FKC", 1000) { all_steps.div_ceil(all_steps.div_ceil(env("FKC", 1000))) } else { all_steps }),
            Mode::InPlace if !panels_outer => (pixels, all_steps),
            Mode::Flat => (fit / (2 * layout.tile) * 2 * layout.tile, all_steps),
            Mode::InPlace | Mode::Padded => {
                // Whole images, or whole blocks of an image's rows.
                let (rows, height) = (fit / unit, shape.out_size[0]);
                let pair = 2 * layout.tile_rows;
                let rows = if rows >= height { rows / height * height } else { (rows / pair * pair).max(1) };
                let reach = shape.geometry.dilation[0] * (shape.kernel[0] - 1);
                let row_bytes = (shape.in_size[1] + 2 * shape.geometry.padding[1]) * shape.in_channels * 2;
                let down = (2 * layout.tile).div_ceil(unit) * shape.geometry.stride[0];
                let split = !panels_outer && (down + reach) * row_bytes > first_level && filter.runs().count == shape.kernel[0] && env("KROW", 1) == 1;
                (rows * unit, if split { kernel_row } else { all_steps })
            }
        };
        let filters_stream = !((panels_outer || layout.mode == Mode::Gathered) && steps * STEP_LEN * 2 <= first_level);
        let chunk = (chunk / unit).max(1) * unit;
        let outputs = pixels * panels * 64;
        let ahead = env("AHEAD", 1) == 1 && inputs + outputs > 3 << 18;
        Self { layout, chunk, steps: steps.min(all_steps), panels_outer, filters_stream, ahead }
    }
}

/// Tasks: how many ranges of pixels, and of panels.
pub(super) fn cut(shape: &ConvShape, panels: usize) -> [usize; 2] {
    let (weight, input, flops) = (shape.weight_len(), shape.input_len(), shape.flops());
    if flops < 8_000_000 && weight < 1 << 20 {
        return [1, 1];
    }
    if weight > input {
        return [1, (weight >> env("WSH", 20)).clamp(2, 8).min(panels)];
    }
    let pixels = shape.batch * shape.out_pixels();
    [(flops / (env("GRAIN", 200) * 1_000_000)).clamp(2, 64).min(pixels.div_ceil(BLOCK)), 1]
}

/// Part `index` of `count` nearly equal parts of `0..len`, in whole multiples of `unit`.
pub(super) fn part(len: usize, unit: usize, count: usize, index: usize) -> Range<usize> {
    let units = len.div_ceil(unit);
    (units * index / count * unit).min(len)..(units * (index + 1) / count * unit).min(len)
}

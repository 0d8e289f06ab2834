//! How a product is cut into tasks and blocks, by its shape alone.

use std::ops::Range;

use super::filter::Bf16Filter;
use super::sizes::{BLOCK, PANEL, STEP_LEN};
use super::windows::{Layout, Mode, padded_width};
use crate::ConvShape;

/// Bytes of inputs that may stay in a core's first-level cache while filters stream past it.
const FIRST_LEVEL: usize = 40 << 10;
/// Bytes of windows that stay in a core's second-level cache beside what streams.
const SECOND_LEVEL: usize = 3 << 18;
/// Bytes of filters from which on they are passed once per chunk, not once per block.
const HEAVY: usize = 5 << 18;
/// Pixels whose copied windows are multiplied together, and steps of them.
const GATHERED: [usize; 2] = [512, 16];
/// Floating-point operations of one task.
const TASK: usize = 200_000_000;
/// Floating-point operations, and weights, below which one task is enough.
const SMALL: [usize; 2] = [8_000_000, 1 << 20];
/// Weights of one task where filters are split, as a power of two.
const TASK_WEIGHTS: u32 = 20;

/// The blocking of one task.
#[derive(Clone, Copy, Debug)]
pub(super) struct TileBlocking {
    pub layout: Layout,
    /// Output pixels whose windows are laid out together.
    pub chunk: usize,
    /// Steps summed before the next filters take their turn.
    pub steps: usize,
    /// Whether a panel of filters meets all blocks of a chunk before the next panel.
    pub panels_outer: bool,
    /// Whether the filters stream past the inputs in the first-level cache, or the inputs past the filters.
    pub filters_stream: bool,
    /// Whether inputs and outputs are asked for ahead: too large to lie in the cache already.
    pub ahead: bool,
}

impl TileBlocking {
    /// The plan for `pixels` output pixels and `panels` panels of filters.
    pub fn new(shape: &ConvShape, filter: &Bf16Filter, pixels: usize, panels: usize) -> Self {
        let layout = Layout::new(shape, filter.runs(), pixels);
        let all = filter.steps();
        let unit = layout.unit(shape);
        let [down, across] = shape.geometry.stride;
        let pixel_bytes = shape.in_channels * size_of::<half::bf16>() * down * across;
        let (weights, inputs) = (panels * all * STEP_LEN * 2, pixels * pixel_bytes);
        let panels_outer = weights > HEAVY;
        let fit = (SECOND_LEVEL / pixel_bytes).max(1);
        let block = 2 * layout.tile;
        let (chunk, steps) = match layout.mode {
            Mode::Gathered if weights > inputs.min(1 << 20) => (GATHERED[0], GATHERED[1]),
            Mode::Gathered => (block, all),
            Mode::Flat if panels_outer => (fit / block * block, all),
            Mode::Flat => (pixels, all),
            Mode::InPlace if !panels_outer => (pixels, all),
            Mode::InPlace | Mode::Padded => {
                let steps = if panels_outer { all } else { steps_in_cache(shape, filter, &layout) };
                (whole_rows(fit / unit, &layout, shape.out_size[0]) * unit, steps)
            }
        };
        let chunk = (chunk / unit).max(1) * unit;
        let steps = steps.min(all);
        let panel_stays = steps * STEP_LEN * 2 <= FIRST_LEVEL;
        let filters_stream = !(panel_stays && (panels_outer || layout.mode == Mode::Gathered));
        let ahead = inputs + pixels * panels * PANEL * 2 > SECOND_LEVEL;
        Self { layout, chunk, steps, panels_outer, filters_stream, ahead }
    }
}

/// Output rows near `rows`: whole images, or whole blocks of an image's rows.
fn whole_rows(rows: usize, layout: &Layout, height: usize) -> usize {
    let pair = 2 * layout.tile_rows;
    if rows >= height { rows / height * height } else { (rows / pair * pair).max(1) }
}

/// All steps, or those of one kernel row where the inputs of a block under all of them would not stay in the
/// first-level cache.
fn steps_in_cache(shape: &ConvShape, filter: &Bf16Filter, layout: &Layout) -> usize {
    let runs = filter.runs();
    let rows = (2 * layout.tile).div_ceil(layout.unit(shape)) * shape.geometry.stride[0];
    let reach = shape.geometry.dilation[0] * (shape.kernel[0] - 1);
    let bytes = (rows + reach) * padded_width(shape) * shape.in_channels * size_of::<half::bf16>();
    let by_row = bytes > FIRST_LEVEL && runs.count == shape.kernel[0];
    if by_row { runs.steps() } else { filter.steps() }
}

/// Tasks: how many ranges of pixels, and of panels. The larger operand is split, so that each core streams a part.
pub(super) fn cut(shape: &ConvShape, panels: usize) -> [usize; 2] {
    let (weights, flops) = (shape.weight_len(), shape.flops());
    if flops < SMALL[0] && weights < SMALL[1] {
        return [1, 1];
    }
    if weights > shape.input_len() {
        return [1, (weights >> TASK_WEIGHTS).clamp(2, 8).min(panels)];
    }
    let blocks = (shape.batch * shape.out_pixels()).div_ceil(BLOCK);
    [(flops / TASK).clamp(2, 64).min(blocks), 1]
}

/// Part `index` of `count` nearly equal parts of `0..len`, in whole multiples of `unit`.
pub(super) fn part(len: usize, unit: usize, count: usize, index: usize) -> Range<usize> {
    let units = len.div_ceil(unit);
    (units * index / count * unit).min(len)..(units * (index + 1) / count * unit).min(len)
}

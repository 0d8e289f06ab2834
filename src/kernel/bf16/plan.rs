//! Split of a product into tasks and blocks, determined by its shape alone.

use std::ops::Range;

use super::filter::Bf16Filter;
use super::sizes::{BLOCK, PANEL, STEP_LEN};
use super::windows::{Layout, Mode, padded_width};
use crate::ConvShape;

/// Bytes of the inputs, or of the filters, that may stay in a core's L1 cache while the other operand streams
/// past.
const FIRST_LEVEL: usize = 40 << 10;
/// Bytes of windows that stay in a core's L2 cache beside the operand that streams.
const SECOND_LEVEL: usize = 3 << 18;
/// Bytes of filters above which they are read once per chunk, not once per block.
const HEAVY: usize = 5 << 18;
/// Pixels whose gathered windows are multiplied together, and steps gathered at a time.
const GATHERED: [usize; 2] = [512, 16];
/// Floating-point operations per task.
const TASK: usize = 200_000_000;
/// Floating-point operations, and weights, below which one task is used.
const SMALL: [usize; 2] = [8_000_000, 1 << 20];
/// Weights per task where filters are split, as a power of two.
const TASK_WEIGHTS: u32 = 20;

/// The blocking of one task.
#[derive(Clone, Copy, Debug)]
pub(super) struct TileBlocking {
    pub layout: Layout,
    /// Output pixels whose windows are laid out together.
    pub chunk: usize,
    /// Steps summed before the next panel of filters.
    pub steps: usize,
    /// True if a panel of filters is multiplied with all blocks of a chunk before the next panel.
    pub panels_outer: bool,
    /// True if the filters stream past the inputs in the L1 cache, false if the inputs stream past the
    /// filters.
    pub filters_stream: bool,
    /// True if inputs and outputs are prefetched: they are too large to be in the cache already.
    pub ahead: bool,
}

impl TileBlocking {
    /// Blocking for `pixels` output pixels and `panels` panels of filters.
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

/// Number of output rows near `rows`: whole images, or whole blocks of an image's rows.
fn whole_rows(rows: usize, layout: &Layout, height: usize) -> usize {
    let pair = 2 * layout.tile_rows;
    if rows >= height { rows / height * height } else { (rows / pair * pair).max(1) }
}

/// All steps, or those of one kernel row if the inputs that a block reads for all of them would not stay in
/// the L1 cache.
fn steps_in_cache(shape: &ConvShape, filter: &Bf16Filter, layout: &Layout) -> usize {
    let runs = filter.runs();
    let rows = (2 * layout.tile).div_ceil(layout.unit(shape)) * shape.geometry.stride[0];
    let reach = shape.geometry.dilation[0] * (shape.kernel[0] - 1);
    let bytes = (rows + reach) * padded_width(shape) * shape.in_channels * size_of::<half::bf16>();
    let by_row = bytes > FIRST_LEVEL && runs.count == shape.kernel[0];
    if by_row { runs.steps() } else { filter.steps() }
}

/// Number of tasks: ranges of pixels, and of panels. The larger operand is split, so that each core streams a
/// part.
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

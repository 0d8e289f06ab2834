//! One task of a product: a range of output pixels times a range of filter panels, on one core.

#![allow(unsafe_code)]

use std::cell::RefCell;
use std::ops::Range;

use half::bf16;

use super::ahead::Ahead;
use super::buffer::Aligned;
use super::filter::{Bf16Filter, PANEL, STEP_LEN};
use super::finish::{Finish, Finisher, Style, Target};
use super::gather::Gather;
use super::plan::Plan;
use super::tiles::{self, BLOCK, STEP};
use super::windows::{self, Block, Mode, padded_width, pieces};
use crate::kernel::ConvShape;

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

thread_local! {
    static SCRATCH: RefCell<Option<Aligned<f32>>> = const { RefCell::new(None) };
}

/// Lends `len` floats of unspecified content to `work`.
fn with_scratch<R>(len: usize, work: impl FnOnce(&mut [f32]) -> R) -> R {
    // Taken, not borrowed: should `work` come back here, it finds no buffer instead of a panic.
    let kept = SCRATCH.take().filter(|buffer| buffer.len() >= len);
    let mut buffer = kept.unwrap_or_else(|| Aligned::zeros(len.next_power_of_two().max(1 << 18)));
    let result = work(&mut buffer[..len]);
    SCRATCH.set(Some(buffer));
    result
}

/// Floats of one block's sums.
const BLOCK_LEN: usize = BLOCK * PANEL;

/// How the rows of all blocks are read, in bytes.
#[derive(Clone, Copy)]
struct Walk {
    /// From one row of a tile to the next.
    stride: usize,
    /// From one step to the next within a run.
    pace: usize,
    /// From one run to the next within a row of the kernel, and runs there.
    tap: usize,
    taps: usize,
    /// From one row of the kernel to the next.
    row: usize,
    /// Steps per run.
    run_steps: usize,
}

impl Product<'_> {
    /// Computes the outputs of `pixels` and `panels`.
    ///
    /// # Safety
    /// AMX is available, the buffers fit the shape, and no other task writes these outputs.
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512bf16")]
    pub unsafe fn run(&self, plan: &Plan, pixels: Range<usize>, panels: Range<usize>) {
        let chunk = plan.chunk.min(pixels.len());
        let partial = plan.steps < self.filter.steps();
        // Only the modes whose blocks are even lay out windows by blocks, or sum in part.
        let most_blocks = chunk.div_ceil(2 * plan.layout.tile);
        let partials = if partial { most_blocks * panels.len() * BLOCK_LEN } else { 0 };
        let windows = match plan.layout.mode {
            Mode::Flat | Mode::InPlace => 0,
            Mode::Gathered => most_blocks * plan.steps * BLOCK * STEP / 2,
            Mode::Padded => {
                let row = padded_width(self.shape) * self.shape.in_channels;
                let rows = chunk / self.shape.out_size[1];
                let reach = self.shape.geometry.dilation[0] * (self.shape.kernel[0] - 1) + 1;
                let pieces = rows.div_ceil(self.shape.out_size[0]) + 1;
                // Beyond the last row, the steps of a run that its inputs do not fill read on.
                ((rows * self.shape.geometry.stride[0] + pieces * reach) * row + 2 * STEP).div_ceil(2)
            }
        };
        with_scratch(BLOCK_LEN + partials + windows, |scratch| {
            let (sums, scratch) = scratch.split_at_mut(BLOCK_LEN);
            let (partials, windows) = scratch.split_at_mut(partials);
            // SAFETY: passed on from the caller; the scratch holds what the chunk needs.
            unsafe {
                let room = [sums, partials, windows];
                if self.style.wide {
                    self.chunks::<false, true>(plan, pixels, panels, room);
                } else if !self.residual.is_null() {
                    self.chunks::<true, false>(plan, pixels, panels, room);
                } else {
                    self.chunks::<false, false>(plan, pixels, panels, room);
                }
            }
        });
    }

    fn walk(&self, plan: &Plan) -> Walk {
        let pixel = self.shape.in_channels * size_of::<bf16>();
        let all = self.filter.steps();
        match plan.layout.mode {
            Mode::Flat => Walk { stride: pixel, pace: 64, tap: 0, taps: 1, row: 0, run_steps: all },
            Mode::Gathered => Walk { stride: 64, pace: BLOCK * 64, tap: 0, taps: 1, row: 0, run_steps: all },
            Mode::InPlace | Mode::Padded => {
                let [down, across] = self.shape.geometry.dilation;
                Walk {
                    stride: pixel * self.shape.geometry.stride[1],
                    pace: 64,
                    tap: pixel * across,
                    taps: self.filter.runs().count / self.shape.kernel[0],
                    row: padded_width(self.shape) * pixel * down,
                    run_steps: self.filter.runs().steps(),
                }
            }
        }
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512bf16")]
    unsafe fn chunks<const RESIDUAL: bool, const WIDE: bool>(
        &self,
        plan: &Plan,
        pixels: Range<usize>,
        panels: Range<usize>,
        [sums, partials, windows]: [&mut [f32]; 3],
    ) {
        let all_steps = self.filter.steps();
        let sums = sums.as_mut_ptr();
        let walk = self.walk(plan);
        let order = plan.layout.rows(self.shape);
        let mut finish = Finish::NONE;
        let mut configured = [0; 2];
        let mut blocks = Vec::new();
        let mut ahead = Ahead::NONE;
        let ahead_on = std::env::var("AHEAD").map_or(true, |v| v == "1");
        for chunk_start in pixels.clone().step_by(plan.chunk) {
            let chunk = chunk_start..pixels.end.min(chunk_start + plan.chunk);
            for step in (0..all_steps).step_by(plan.steps) {
                let steps = step..all_steps.min(step + plan.steps);
                // SAFETY: passed on from the caller.
                unsafe { self.lay_out(plan, chunk.clone(), steps.clone(), windows, &mut blocks) };
                let mut one = |index: usize, panel: usize| {
                    let block = &blocks[index];
                    if panel == panels.start && !plan.panels_outer && ahead_on {
                        ahead = blocks
                            .get(index + 1)
                            .map_or(Ahead::NONE, |next| self.ahead(plan, next, panels.len() * steps.len()));
                    }
                    let partial = partials
                        .as_mut_ptr()
                        .wrapping_add((index * panels.len() + panel - panels.start) * BLOCK_LEN);
                    let work =
                        Work { block, panel, steps: steps.clone(), walk, partial, sums, order: &order };
                    // SAFETY: passed on from the caller.
                    unsafe {
                        if configured != block.rows {
                            tiles::configure(block.rows);
                            configured = block.rows;
                        }
                        finish = if block.rows[1] > 0 {
                            self.block::<true, RESIDUAL, WIDE>(work, finish, &mut ahead)
                        } else {
                            self.block::<false, RESIDUAL, WIDE>(work, finish, &mut ahead)
                        };
                    }
                };
                if plan.panels_outer {
                    panels.clone().for_each(|panel| (0..blocks.len()).for_each(|block| one(block, panel)));
                } else {
                    (0..blocks.len()).for_each(|block| panels.clone().for_each(|panel| one(block, panel)));
                }
            }
        }
        // SAFETY: the last block's pointers are still valid.
        unsafe {
            Finisher::<RESIDUAL, WIDE>::new(finish, self.style, sums, &order).advance(BLOCK);
            tiles::release();
        }
    }

    /// What to ask for while `steps` pass before block `next`.
    fn ahead(&self, plan: &Plan, next: &Block, steps: usize) -> Ahead {
        let out = self.out as usize + next.pixel * self.style.pitch * 2;
        let out = out..out + next.pixels * self.style.pitch * 2;
        let pixel = self.shape.in_channels * 2;
        let input = match plan.layout.mode {
            Mode::Flat => next.at[0] as usize..next.at[0] as usize + next.pixels * pixel,
            _ => 0..0,
        };
        Ahead::new([input, out], steps)
    }

    /// Lists the blocks of a chunk, and copies their windows where they are not read in place.
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512bf16")]
    unsafe fn lay_out(
        &self,
        plan: &Plan,
        chunk: Range<usize>,
        steps: Range<usize>,
        windows: &mut [f32],
        blocks: &mut Vec<Block>,
    ) {
        let Self { shape, input, .. } = *self;
        let layout = &plan.layout;
        let pixel_bytes = shape.in_channels * size_of::<bf16>();
        blocks.clear();
        match layout.mode {
            Mode::Flat => {
                let at = input.as_ptr().cast::<u8>().wrapping_add(chunk.start * pixel_bytes);
                windows::even_blocks(layout, chunk, at, pixel_bytes, 2 * layout.tile * pixel_bytes, blocks);
            }
            Mode::Gathered => {
                let at: *mut u8 = windows.as_mut_ptr().cast();
                windows::even_blocks(layout, chunk, at, 64, steps.len() * BLOCK * 64, blocks);
                for block in &*blocks {
                    let gather = Gather::new(shape, input, block.pixel..block.pixel + block.pixels);
                    // SAFETY: `run` made room for the chunk's blocks.
                    unsafe { gather.steps(steps.clone(), block.at[0].cast_mut()) };
                }
            }
            Mode::InPlace => {
                for piece in pieces(shape, chunk) {
                    let row = piece.image * shape.in_size[0] + piece.top;
                    let at = input.as_ptr().cast::<u8>().wrapping_add(row * shape.in_size[1] * pixel_bytes);
                    windows::blocks(shape, layout, &piece, at, blocks);
                }
            }
            Mode::Padded => {
                // SAFETY: two bf16 take the place of a float, of stricter alignment; any bits are a bf16.
                let mut room = unsafe {
                    std::slice::from_raw_parts_mut(windows.as_mut_ptr().cast::<bf16>(), windows.len() * 2)
                };
                for piece in pieces(shape, chunk) {
                    let len = piece.input_rows * padded_width(shape) * shape.in_channels;
                    let (to, rest) = room.split_at_mut(len);
                    windows::pad(shape, &piece, input, to);
                    windows::blocks(shape, layout, &piece, to.as_ptr().cast(), blocks);
                    room = rest;
                }
                room.iter_mut().take(STEP).for_each(|value| *value = bf16::ZERO);
            }
        }
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512bf16")]
    unsafe fn block<const TWO: bool, const RESIDUAL: bool, const WIDE: bool>(
        &self,
        work: Work<'_>,
        finish: Finish,
        ahead_in: &mut Ahead,
    ) -> Finish {
        let mut ahead = *ahead_in;
        let Work { block, steps, walk, panel, partial, sums, order } = work;
        // SAFETY: the tiles are configured for the rows; the packed filters hold every step of every panel.
        unsafe {
            if steps.start == 0 {
                tiles::zero::<TWO>();
            } else {
                tiles::load::<TWO>(partial, block.rows[0]);
            }
            let mut finisher = Finisher::<RESIDUAL, WIDE>::new(finish, self.style, sums, order);
            let mut filters = self.filter.at(panel, steps.start).as_ptr().cast::<u8>();
            // The outputs of the block before are written while the tile unit works on this one.
            let rows_per_step = BLOCK.div_ceil(steps.len());
            let mut step = steps.start;
            let (mut run, mut skip) = (0, 0);
            if walk.run_steps < self.filter.steps() {
                (run, skip) = (step / walk.run_steps, step % walk.run_steps);
            }
            while step < steps.end {
                let count = (walk.run_steps - skip).min(steps.end - step);
                let offset = run / walk.taps * walk.row + run % walk.taps * walk.tap + skip * walk.pace;
                let mut at = block.at.map(|at| at.wrapping_add(offset));
                for _ in 0..count {
                    tiles::multiply::<TWO>(at, walk.stride, filters);
                    finisher.advance(rows_per_step);
                    ahead.step();
                    at = at.map(|at| at.wrapping_add(walk.pace));
                    filters = filters.wrapping_add(STEP_LEN * 2);
                }
                (step, run, skip) = (step + count, run + 1, 0);
            }
            *ahead_in = ahead;
            if steps.end < self.filter.steps() {
                tiles::store::<TWO>(partial, block.rows[0]);
                return Finish::NONE;
            }
            let filter = panel * PANEL;
            let at = (block.pixel * self.style.pitch + filter) * if WIDE { 4 } else { 2 };
            tiles::store::<TWO>(sums, block.rows[0]);
            let left = self.style.pitch - filter;
            Finish::new(
                Target {
                    out: self.out.wrapping_add(at),
                    residual: self.residual.wrapping_add(at),
                    bias: self.bias.as_ptr().add(filter),
                    mask: if left >= PANEL { u32::MAX } else { (1 << left) - 1 },
                },
                block.pixels,
            )
        }
    }
}

/// One block, and what to sum.
struct Work<'a> {
    block: &'a Block,
    panel: usize,
    steps: Range<usize>,
    walk: Walk,
    partial: *mut f32,
    sums: *mut f32,
    order: &'a [u8; BLOCK],
}

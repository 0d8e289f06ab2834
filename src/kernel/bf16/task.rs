//! One task of a product: a range of output pixels times a range of filter panels, on one core.

#![allow(unsafe_code)]

use std::cell::RefCell;
use std::ops::Range;

use half::bf16;

use super::buffer::Aligned;
use super::filter::{Bf16Filter, PANEL, STEP_LEN};
use super::finish::{Finish, Style, Target};
use super::gather::Gather;
use super::plan::Plan;
use super::tiles::{self, BLOCK, STEP};
use crate::kernel::ConvShape;

/// A product whose buffers were checked against its shape; tasks write disjoint parts of `out`.
pub(super) struct Product<'a> {
    pub shape: &'a ConvShape,
    pub filter: &'a Bf16Filter,
    pub input: &'a [bf16],
    /// One per filter, padded to whole panels.
    pub bias: &'a [f32],
    pub residual: *const u8,
    pub out: *mut u8,
    pub style: Style,
}

// SAFETY: tasks read the inputs, and write the outputs of their own pixels and filters alone.
unsafe impl Sync for Product<'_> {}

/// Rows of a block as the tiles read them.
#[derive(Clone, Copy)]
struct Rows {
    first: *const u8,
    /// Bytes from row to row, and from step to step.
    stride: usize,
    pace: usize,
}

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

impl Product<'_> {
    /// Computes the outputs of `pixels` and `panels`.
    ///
    /// # Safety
    /// AMX is available, the buffers fit the shape, and no other task writes these outputs.
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512bf16")]
    pub unsafe fn run(&self, plan: &Plan, pixels: Range<usize>, panels: Range<usize>) {
        let block_len = BLOCK * PANEL;
        let chunk_blocks = plan.chunk.min(pixels.len()).div_ceil(plan.block);
        let windows = if plan.direct { 0 } else { chunk_blocks * self.window_len(plan.steps) };
        let partial = plan.steps < self.filter.steps();
        let partials = if partial { chunk_blocks * panels.len() * block_len } else { 0 };
        with_scratch(block_len + partials + windows, |scratch| {
            let (sums, scratch) = scratch.split_at_mut(block_len);
            let (partials, windows) = scratch.split_at_mut(partials);
            // SAFETY: passed on from the caller; the scratch holds what the chunk needs.
            unsafe { self.chunks(plan, pixels, panels, [sums, partials, windows]) };
        });
    }

    /// Floats that hold `steps` steps of one block's windows.
    fn window_len(&self, steps: usize) -> usize {
        if self.whole_steps() { steps * BLOCK * STEP / 2 } else { BLOCK * self.row_len() / 2 }
    }

    /// Whether channels fill whole steps.
    fn whole_steps(&self) -> bool {
        self.shape.in_channels.is_multiple_of(STEP)
    }

    /// Elements of a gathered row: an odd number of lines, so that rows do not crowd into a few cache sets.
    fn row_len(&self) -> usize {
        (self.filter.steps() | 1) * STEP
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512bf16")]
    unsafe fn chunks(
        &self,
        plan: &Plan,
        pixels: Range<usize>,
        panels: Range<usize>,
        [sums, partials, windows]: [&mut [f32]; 3],
    ) {
        let all_steps = self.filter.steps();
        let sums = sums.as_mut_ptr();
        let mut finish = Finish::new(self.style, sums);
        let mut configured = 0;
        let mut chunk_start = pixels.start;
        while chunk_start < pixels.end {
            let chunk = chunk_start..pixels.end.min(chunk_start + plan.chunk);
            chunk_start = chunk.end;
            let blocks = chunk.len().div_ceil(plan.block);
            let mut step = 0;
            while step < all_steps {
                let steps = step..all_steps.min(step + plan.steps);
                step = steps.end;
                // SAFETY: passed on from the caller.
                unsafe {
                    if !plan.direct {
                        self.gather(plan, chunk.clone(), steps.clone(), windows);
                    }
                    for index in 0..blocks * panels.len() {
                        let (block, panel) = if plan.panels_outer {
                            (index % blocks, index / blocks)
                        } else {
                            (index / panels.len(), index % panels.len())
                        };
                        let start = chunk.start + block * plan.block;
                        let rows = plan.block.min(chunk.end - start);
                        if configured != rows {
                            finish.advance(BLOCK);
                            tiles::configure(rows);
                            configured = rows;
                        }
                        let from = self.rows(plan, start, block, windows);
                        let partial = partials.as_mut_ptr().wrapping_add((block * panels.len() + panel) * PANEL * BLOCK);
                        let work = Work { start, rows, panel: panels.start + panel, steps: steps.clone(), from, partial, sums };
                        if rows > tiles::TILE {
                            self.block::<true>(work, &mut finish);
                        } else {
                            self.block::<false>(work, &mut finish);
                        }
                    }
                }
            }
        }
        // SAFETY: the last block's pointers are still valid.
        unsafe {
            finish.advance(BLOCK);
            tiles::release();
        }
    }

    /// Lays out the windows of a chunk.
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512bf16")]
    unsafe fn gather(&self, plan: &Plan, chunk: Range<usize>, steps: Range<usize>, windows: &mut [f32]) {
        let block_len = self.window_len(plan.steps);
        for (block, to) in chunk.clone().step_by(plan.block).zip(windows.chunks_exact_mut(block_len)) {
            let gather = Gather::new(self.shape, self.input, block..chunk.end.min(block + plan.block));
            if self.whole_steps() {
                // SAFETY: `window_len` gave the steps their lines.
                unsafe { gather.steps(steps.clone(), to.as_mut_ptr().cast()) };
            } else {
                // SAFETY: two bf16 take the place of a float, of stricter alignment; any bits are a bf16.
                let to = unsafe { std::slice::from_raw_parts_mut(to.as_mut_ptr().cast::<bf16>(), to.len() * 2) };
                gather.rows(to, self.row_len());
            }
        }
    }

    fn rows(&self, plan: &Plan, start: usize, block: usize, windows: &[f32]) -> Rows {
        if plan.direct {
            let stride = self.shape.in_channels * size_of::<bf16>();
            return Rows { first: self.input.as_ptr().cast::<u8>().wrapping_add(start * stride), stride, pace: 64 };
        }
        let first = windows.as_ptr().wrapping_add(block * self.window_len(plan.steps)).cast();
        if self.whole_steps() {
            return Rows { first, stride: 64, pace: BLOCK * 64 };
        }
        Rows { first, stride: self.row_len() * size_of::<bf16>(), pace: 64 }
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512bf16")]
    unsafe fn block<const TWO: bool>(&self, work: Work, finish: &mut Finish) {
        let all_steps = self.filter.steps();
        let Work { steps, from, .. } = work;
        // SAFETY: the tiles are configured for the rows; the packed filters hold every step of every panel.
        unsafe {
            if steps.start == 0 {
                tiles::zero::<TWO>();
            } else {
                tiles::load::<TWO>(work.partial);
            }
            let filters = self.filter.data().as_ptr().add((work.panel * all_steps + steps.start) * STEP_LEN);
            // The outputs of the block before are written while the tile unit works on this one.
            let rows_per_step = BLOCK.div_ceil(steps.len());
            let (mut at, mut filters) = (from.first, filters.cast::<u8>());
            for _ in 0..steps.len() {
                tiles::multiply::<TWO>(at, from.stride, filters);
                finish.advance(rows_per_step);
                at = at.wrapping_add(from.pace);
                filters = filters.add(STEP_LEN * 2);
            }
            if steps.end < all_steps {
                tiles::store::<TWO>(work.partial);
                return;
            }
            tiles::store::<TWO>(work.sums);
            let filter = work.panel * PANEL;
            let at = (work.start * self.style.pitch + filter) * if self.style.wide { 4 } else { 2 };
            let left = self.style.pitch - filter;
            finish.begin(
                Target {
                    out: self.out.wrapping_add(at),
                    residual: self.residual.wrapping_add(at),
                    bias: self.bias.as_ptr().add(filter),
                    mask: if left >= PANEL { u32::MAX } else { (1 << left) - 1 },
                },
                work.rows,
            );
        }
    }
}

/// One block: where it starts, and what to sum.
struct Work {
    start: usize,
    rows: usize,
    panel: usize,
    steps: Range<usize>,
    from: Rows,
    partial: *mut f32,
    sums: *mut f32,
}

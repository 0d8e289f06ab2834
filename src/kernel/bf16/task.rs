//! One task of a product: a range of output pixels times a range of filter panels, on one core.

use std::ops::Range;

use half::bf16;

use super::ahead::Ahead;
use super::block::Bench;
use super::gather::Gather;
use super::plan::TileBlocking;
use super::product::Product;
use super::scratch::with_scratch;
use super::sizes::{BLOCK, STEP, STEP_LEN, SUMS_LEN};
use super::walk::BlockWalk;
use super::windows::{self, Mode, WindowBlock, padded_width, pieces};

/// Scratch memory of a task.
struct Room<'a> {
    sums: &'a mut [f32],
    partials: &'a mut [f32],
    windows: &'a mut [f32],
}

impl Product<'_> {
    /// Computes the outputs of `pixels` and `panels`.
    ///
    /// # Safety
    /// AMX is available, the buffers fit the shape, and no other task writes these outputs.
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512bf16")]
    pub unsafe fn run(&self, plan: &TileBlocking, pixels: Range<usize>, panels: Range<usize>) {
        let chunk = plan.chunk.min(pixels.len());
        let blocks = chunk.div_ceil(2 * plan.layout.tile);
        let partials = match plan.layout.mode {
            _ if plan.steps >= self.filter.steps() => 0,
            Mode::Gathered => blocks * panels.len() * SUMS_LEN,
            _ => panels.len() * SUMS_LEN,
        };
        let windows = match plan.layout.mode {
            Mode::Flat | Mode::InPlace => 0,
            Mode::Gathered => blocks * plan.steps * BLOCK * STEP / 2,
            Mode::Padded => windows::padded_len(self.shape, chunk).div_ceil(2),
        };
        with_scratch(SUMS_LEN + partials + windows, |scratch| {
            let (sums, scratch) = scratch.split_at_mut(SUMS_LEN);
            let (partials, windows) = scratch.split_at_mut(partials);
            let room = Room { sums, partials, windows };
            // SAFETY: passed on from the caller; the scratch holds what the chunk needs.
            unsafe {
                if self.style.wide {
                    self.chunks::<false, true>(plan, pixels, panels, room);
                } else if self.residual.is_null() {
                    self.chunks::<false, false>(plan, pixels, panels, room);
                } else {
                    self.chunks::<true, false>(plan, pixels, panels, room);
                }
            }
        });
    }

    fn walk(&self, plan: &TileBlocking) -> BlockWalk {
        let pixel = self.shape.in_channels * size_of::<bf16>();
        let run_steps = self.filter.steps();
        match plan.layout.mode {
            Mode::Flat => BlockWalk { stride: pixel, pace: 64, run_steps, runs: vec![0] },
            Mode::Gathered => {
                // The windows of every part of the sum are copied to the same place.
                let runs = vec![0; run_steps.div_ceil(plan.steps)];
                BlockWalk { stride: 64, pace: BLOCK * 64, run_steps: plan.steps, runs }
            }
            Mode::InPlace | Mode::Padded => {
                let runs = self.filter.runs();
                let [down, across] = self.shape.geometry.dilation;
                let row = padded_width(self.shape) * pixel * down;
                let taps = runs.count / self.shape.kernel[0];
                let starts = (0..runs.count).map(|run| run / taps * row + run % taps * pixel * across);
                let stride = pixel * self.shape.geometry.stride[1];
                BlockWalk { stride, pace: 64, run_steps: runs.steps(), runs: starts.collect() }
            }
        }
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512bf16")]
    unsafe fn chunks<const RESIDUAL: bool, const WIDE: bool>(
        &self,
        plan: &TileBlocking,
        pixels: Range<usize>,
        panels: Range<usize>,
        room: Room<'_>,
    ) {
        let all = self.filter.steps();
        let order = plan.layout.rows(self.shape);
        let mut bench = Bench::new(self, self.walk(plan), order, room.sums.as_mut_ptr());
        bench.filters_stream = plan.filters_stream;
        let mut blocks = Vec::new();
        let partials = room.partials.as_mut_ptr();
        let partial = |index: usize| partials.wrapping_add(index * SUMS_LEN);
        let parts = || (0..all).step_by(plan.steps).map(|step| step..all.min(step + plan.steps));
        for start in pixels.clone().step_by(plan.chunk) {
            let chunk = start..pixels.end.min(start + plan.chunk);
            // SAFETY: passed on from the caller; there is room for the partial sums of every block and panel.
            unsafe {
                if plan.layout.mode == Mode::Gathered {
                    for steps in parts() {
                        self.lay_out(plan, chunk.clone(), steps.clone(), room.windows, &mut blocks);
                        for panel in panels.clone() {
                            for (index, block) in blocks.iter().enumerate() {
                                if index == 0 && panel + 1 < panels.end {
                                    let next = self.filter.at(panel + 1, steps.start).as_ptr().cast();
                                    let count = steps.len() * blocks.len();
                                    bench.ahead[1] = Ahead::range(next, steps.len() * STEP_LEN * 2, count);
                                }
                                let place = partial(index * panels.len() + panel - panels.start);
                                bench.block::<RESIDUAL, WIDE>(block, panel, steps.clone(), place);
                            }
                        }
                    }
                    continue;
                }
                self.lay_out(plan, chunk, 0..all, room.windows, &mut blocks);
                if plan.panels_outer {
                    for panel in panels.clone() {
                        for (index, block) in blocks.iter().enumerate() {
                            if panel + 1 < panels.end {
                                self.ahead_of_panel(plan, &mut bench, &blocks, index, panel + 1);
                            }
                            bench.block::<RESIDUAL, WIDE>(block, panel, 0..all, partials);
                        }
                    }
                    continue;
                }
                for (index, block) in blocks.iter().enumerate() {
                    for steps in parts() {
                        for panel in panels.clone() {
                            let first = start == pixels.start && index == 0;
                            if first && panel + 1 < panels.end {
                                let next = self.filter.at(panel + 1, steps.start).as_ptr().cast();
                                bench.ahead[1] = Ahead::range(next, steps.len() * STEP_LEN * 2, steps.len());
                            }
                            if plan.ahead && index + 1 < blocks.len() {
                                self.ahead_of_block(
                                    plan,
                                    &mut bench,
                                    &blocks[index + 1],
                                    &panels,
                                    panel,
                                    &steps,
                                );
                            }
                            bench.block::<RESIDUAL, WIDE>(
                                block,
                                panel,
                                steps.clone(),
                                partial(panel - panels.start),
                            );
                        }
                    }
                }
            }
        }
        // SAFETY: passed on from the caller.
        unsafe { bench.end::<RESIDUAL, WIDE>() };
    }

    /// Prefetches the next panel's filters, and its outputs for this block.
    fn ahead_of_panel(
        &self,
        plan: &TileBlocking,
        bench: &mut Bench<'_>,
        blocks: &[WindowBlock],
        index: usize,
        panel: usize,
    ) {
        let steps = self.filter.steps();
        if index == 0 {
            let next = self.filter.at(panel, 0).as_ptr().cast();
            bench.ahead[1] = Ahead::range(next, steps * STEP_LEN * 2, steps * blocks.len());
        }
        if plan.ahead {
            let target = bench.target(&blocks[index], panel);
            bench.ahead[0] = Ahead::rows(target.out, self.style.pitch * 2, blocks[index].pixels, steps);
        }
    }

    /// Prefetches the next block's inputs during the first half of the panels, and its outputs during the
    /// second.
    fn ahead_of_block(
        &self,
        plan: &TileBlocking,
        bench: &mut Bench<'_>,
        next: &WindowBlock,
        panels: &Range<usize>,
        panel: usize,
        steps: &Range<usize>,
    ) {
        let half = (panels.len() / 2).max(1) * steps.len();
        if plan.layout.mode == Mode::Flat && panel == panels.start && steps.start == 0 {
            bench.ahead[0] = Ahead::range(next.at[0], next.pixels * self.shape.in_channels * 2, half);
        }
        let last = steps.end == self.filter.steps() && panels.len() == self.filter.panels();
        if last && panel == panels.start + panels.len() / 2 {
            let pitch = self.style.pitch * self.style.bytes();
            bench.ahead[0] =
                Ahead::range(self.out.wrapping_add(next.pixel * pitch), next.pixels * pitch, half);
        }
    }

    /// Lists the blocks of a chunk, and copies their windows unless they are read in place.
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512bf16")]
    unsafe fn lay_out(
        &self,
        plan: &TileBlocking,
        chunk: Range<usize>,
        steps: Range<usize>,
        room: &mut [f32],
        blocks: &mut Vec<WindowBlock>,
    ) {
        let Self { shape, input, .. } = *self;
        let layout = &plan.layout;
        let pixel_bytes = shape.in_channels * size_of::<bf16>();
        let input_at = |pixel: usize| input.as_ptr().cast::<u8>().wrapping_add(pixel * pixel_bytes);
        blocks.clear();
        match layout.mode {
            Mode::Flat => {
                let at = input_at(chunk.start);
                windows::even_blocks(layout, chunk, at, pixel_bytes, 2 * layout.tile * pixel_bytes, blocks);
            }
            Mode::Gathered => {
                let at: *mut u8 = room.as_mut_ptr().cast();
                windows::even_blocks(layout, chunk, at, 64, steps.len() * BLOCK * 64, blocks);
                for block in &*blocks {
                    let gather = Gather::new(shape, input, block.pixel..block.pixel + block.pixels);
                    // SAFETY: `run` reserved room for the chunk's blocks.
                    unsafe { gather.steps(steps.clone(), block.at[0].cast_mut()) };
                }
            }
            Mode::InPlace => {
                for piece in pieces(shape, chunk) {
                    let row = piece.image * shape.in_size[0] + piece.top;
                    windows::blocks(shape, layout, &piece, input_at(row * shape.in_size[1]), blocks);
                }
            }
            Mode::Padded => {
                let (start, len) = (room.as_mut_ptr().cast::<bf16>(), room.len() * 2);
                // SAFETY: two bf16 fit in a float, whose alignment is stricter; any bits are a bf16.
                let mut room = unsafe { std::slice::from_raw_parts_mut(start, len) };
                for piece in pieces(shape, chunk) {
                    let (to, rest) =
                        room.split_at_mut(piece.input_rows * padded_width(shape) * shape.in_channels);
                    windows::pad(shape, &piece, input, to);
                    windows::blocks(shape, layout, &piece, to.as_ptr().cast(), blocks);
                    room = rest;
                }
                // A last step that a run's inputs do not fill reads beyond them.
                room.iter_mut().take(STEP).for_each(|value| *value = bf16::ZERO);
            }
        }
    }
}

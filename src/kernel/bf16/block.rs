//! One block: up to 32 pixels times 32 filters.

use std::ops::Range;

use super::ahead::Ahead;
use super::finish::{Finish, Finisher, Target};
use super::pairs;
use super::product::Product;
use super::sizes::{BLOCK, PANEL, STEP_LEN};
use super::tiles;
use super::unit::Bf16Unit;
use super::walk::BlockWalk;
use super::windows::WindowBlock;

/// State shared by the blocks of a task.
pub(super) struct Bench<'a> {
    pub product: &'a Product<'a>,
    pub walk: BlockWalk,
    /// Row of `sums` that belongs to each pixel of a block.
    pub order: [u8; BLOCK],
    /// Sums stored by the tiles, before they are converted to outputs.
    pub sums: *mut f32,
    /// True if the filters stream past the inputs, false if the inputs stream past the filters.
    pub filters_stream: bool,
    /// Outputs of the previous block that are still to be written.
    pub finish: Finish,
    /// Lines to prefetch: of inputs and outputs, and of filters.
    pub ahead: [Ahead; 2],
    configured: [usize; 2],
}

impl<'a> Bench<'a> {
    /// State before the first block.
    pub fn new(product: &'a Product<'a>, walk: BlockWalk, order: [u8; BLOCK], sums: *mut f32) -> Self {
        let filters_stream = true;
        Self {
            product,
            walk,
            order,
            sums,
            filters_stream,
            finish: Finish::NONE,
            ahead: [Ahead::NONE; 2],
            configured: [0; 2],
        }
    }

    /// Sums `steps` of one block; stores the sums in `partial` unless these are the last steps.
    ///
    /// # Safety
    /// The block's windows, the partial sums and the outputs are in bounds, and the machine has the product's instructions.
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512bf16")]
    pub unsafe fn block<const RESIDUAL: bool, const WIDE: bool>(
        &mut self,
        block: &WindowBlock,
        panel: usize,
        steps: Range<usize>,
        partial: *mut f32,
    ) {
        // SAFETY: passed on from the caller.
        unsafe {
            if self.product.unit == Bf16Unit::Pairs {
                return self.sum_pairs::<RESIDUAL, WIDE>(block, panel, steps, partial);
            }
            if self.configured != block.rows {
                tiles::configure(block.rows);
                self.configured = block.rows;
            }
            match (block.rows[1] > 0, self.filters_stream) {
                (true, true) => self.sum::<true, true, RESIDUAL, WIDE>(block, panel, steps, partial),
                (true, false) => self.sum::<true, false, RESIDUAL, WIDE>(block, panel, steps, partial),
                (false, true) => self.sum::<false, true, RESIDUAL, WIDE>(block, panel, steps, partial),
                (false, false) => self.sum::<false, false, RESIDUAL, WIDE>(block, panel, steps, partial),
            }
        }
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512bf16")]
    unsafe fn sum<const TWO: bool, const STREAM: bool, const RESIDUAL: bool, const WIDE: bool>(
        &mut self,
        block: &WindowBlock,
        panel: usize,
        steps: Range<usize>,
        partial: *mut f32,
    ) {
        let product = self.product;
        let [mut near, mut far] = self.ahead;
        // SAFETY: the tiles are configured for the block's rows; a panel has every step.
        unsafe {
            if steps.start == 0 {
                tiles::zero::<TWO>();
            } else {
                tiles::load::<TWO>(partial, block.rows[0]);
            }
            let mut finisher =
                Finisher::<RESIDUAL, WIDE>::new(self.finish, product.style, self.sums, &self.order);
            let mut filters = product.filter.at(panel, steps.start).as_ptr().cast::<u8>();
            // The outputs of the previous block are written while the tile unit computes this one.
            let rows_per_step = BLOCK.div_ceil(steps.len());
            let BlockWalk { stride, pace, run_steps, ref runs } = self.walk;
            let mut step = steps.start;
            let (mut run, mut skip) = if step == 0 { (0, 0) } else { (step / run_steps, step % run_steps) };
            while step < steps.end {
                let count = (run_steps - skip).min(steps.end - step);
                let mut at = block.at.map(|at| at.wrapping_add(runs[run] + skip * pace));
                for _ in 0..count {
                    tiles::multiply::<TWO, STREAM>(at, stride, filters);
                    finisher.advance(rows_per_step);
                    near.step();
                    far.step();
                    at = at.map(|at| at.wrapping_add(pace));
                    filters = filters.wrapping_add(STEP_LEN * 2);
                }
                (step, run, skip) = (step + count, run + 1, 0);
            }
            self.ahead = [near, far];
            if steps.end < product.filter.steps() {
                tiles::store::<TWO>(partial, block.rows[0]);
                self.finish = Finish::NONE;
                return;
            }
            tiles::store::<TWO>(self.sums, block.rows[0]);
            self.finish = Finish::new(self.target(block, panel), block.pixels);
        }
    }

    /// Like `sum`, by instructions that multiply pairs: there is nothing to overlap, so the outputs of the previous block
    /// are written first.
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512bf16")]
    unsafe fn sum_pairs<const RESIDUAL: bool, const WIDE: bool>(
        &mut self,
        block: &WindowBlock,
        panel: usize,
        steps: Range<usize>,
        partial: *mut f32,
    ) {
        let product = self.product;
        let [mut near, mut far] = self.ahead;
        let last = steps.end == product.filter.steps();
        // SAFETY: passed on from the caller; a panel has every step.
        unsafe {
            Finisher::<RESIDUAL, WIDE>::new(self.finish, product.style, self.sums, &self.order)
                .advance(BLOCK);
            let filters = product.filter.at(panel, steps.start).as_ptr().cast::<u8>();
            let resume = (steps.start > 0).then_some(partial.cast_const());
            let sums = if last { self.sums } else { partial };
            pairs::sum(&self.walk, block, filters, steps, sums, resume, || {
                near.step();
                far.step();
            });
        }
        self.ahead = [near, far];
        self.finish = if last { Finish::new(self.target(block, panel), block.pixels) } else { Finish::NONE };
    }

    /// Output location of a block.
    #[inline(always)]
    pub fn target(&self, block: &WindowBlock, panel: usize) -> Target {
        let product = self.product;
        let filter = panel * PANEL;
        let left = product.style.pitch - filter;
        let at = (block.pixel * product.style.pitch + filter) * product.style.bytes();
        Target {
            out: product.out.wrapping_add(at),
            residual: product.residual.wrapping_add(at),
            bias: product.bias[filter..filter + PANEL].as_ptr(),
            mask: if left >= PANEL { u32::MAX } else { (1 << left) - 1 },
        }
    }

    /// Writes the remaining outputs of the last block and releases the tiles.
    ///
    /// # Safety
    /// As for `block`.
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512bf16")]
    pub unsafe fn end<const RESIDUAL: bool, const WIDE: bool>(self) {
        // SAFETY: passed on from the caller.
        unsafe {
            Finisher::<RESIDUAL, WIDE>::new(self.finish, self.product.style, self.sums, &self.order)
                .advance(BLOCK);
            if self.product.unit == Bf16Unit::Tiles {
                tiles::release();
            }
        }
    }
}

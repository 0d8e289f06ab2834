//! Memory asked for before it is needed.

use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};

/// Lines to ask for, a few per step, while a block is computed.
///
/// A block touches its rows far apart, which the processor's own prefetching does not follow.
#[derive(Clone, Copy)]
pub(super) struct Ahead {
    at: *const u8,
    /// Bytes from one line to the next.
    stride: usize,
    left: usize,
    /// Lines per step.
    pace: usize,
}

impl Ahead {
    /// Nothing to ask for.
    pub const NONE: Self = Self { at: std::ptr::null(), stride: 0, left: 0, pace: 0 };

    /// The lines of `bytes` bytes from `at` on, to be through after `steps`.
    pub fn range(at: *const u8, bytes: usize, steps: usize) -> Self {
        Self::rows(at, 64, bytes.div_ceil(64), steps)
    }

    /// `count` lines, `stride` bytes apart, to be through after `steps`.
    pub fn rows(at: *const u8, stride: usize, count: usize, steps: usize) -> Self {
        Self { at, stride, left: count, pace: count.div_ceil(steps) }
    }

    /// Asks for the lines of one step.
    #[inline(always)]
    pub fn step(&mut self) {
        let count = self.pace.min(self.left);
        for _ in 0..count {
            // SAFETY: a prefetch reads nothing into the program, wherever it points.
            unsafe { _mm_prefetch::<_MM_HINT_T1>(self.at.cast()) };
            self.at = self.at.wrapping_add(self.stride);
        }
        self.left -= count;
    }
}

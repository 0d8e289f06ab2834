//! Software prefetching.

use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};

/// Cache lines to prefetch, a few per step, while a block is computed.
///
/// A block reads rows far apart, which the hardware prefetcher does not follow.
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
    /// Nothing to prefetch.
    pub const NONE: Self = Self { at: std::ptr::null(), stride: 0, left: 0, pace: 0 };

    /// The lines of `bytes` bytes from `at` on, spread over `steps`.
    pub fn range(at: *const u8, bytes: usize, steps: usize) -> Self {
        Self::rows(at, 64, bytes.div_ceil(64), steps)
    }

    /// `count` lines, `stride` bytes apart, spread over `steps`.
    pub fn rows(at: *const u8, stride: usize, count: usize, steps: usize) -> Self {
        Self { at, stride, left: count, pace: count.div_ceil(steps) }
    }

    /// Prefetches the lines of one step.
    #[inline(always)]
    pub fn step(&mut self) {
        let count = self.pace.min(self.left);
        for _ in 0..count {
            // SAFETY: a prefetch loads nothing into the program and cannot fault, whatever its address.
            unsafe { _mm_prefetch::<_MM_HINT_T1>(self.at.cast()) };
            self.at = self.at.wrapping_add(self.stride);
        }
        self.left -= count;
    }
}

//! Memory asked for before it is needed.

#![allow(unsafe_code)]

use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
use std::ops::Range;

/// Lines to ask for, in the order of their addresses, a few at a time.
///
/// A block touches its rows far apart, which the processor's own prefetching does not follow; asked for in order
/// while the block before is computed, they arrive in time.
#[derive(Clone, Copy)]
pub(super) struct Ahead {
    ranges: [(usize, usize); 2],
    /// Lines per step.
    pace: usize,
}

impl Ahead {
    /// Nothing to ask for.
    pub const NONE: Self = Self { ranges: [(0, 0); 2], pace: 0 };

    /// `ranges` of addresses, to be through after `steps`.
    pub fn new(ranges: [Range<usize>; 2], steps: usize) -> Self {
        let lines: usize = ranges.iter().map(|range| range.len().div_ceil(64)).sum();
        Self { ranges: ranges.map(|range| (range.start, range.end)), pace: lines.div_ceil(steps) }
    }

    /// Asks for the lines of one step.
    #[inline(always)]
    pub fn step(&mut self) {
        let mut left = self.pace;
        for (at, end) in &mut self.ranges {
            while *at < *end && left > 0 {
                // SAFETY: a prefetch reads nothing into the program, wherever it points.
                unsafe { _mm_prefetch::<_MM_HINT_T1>(*at as *const i8) };
                *at += 64;
                left -= 1;
            }
        }
    }
}

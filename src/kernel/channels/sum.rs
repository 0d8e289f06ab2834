//! Sums per channel.

use std::ops::Range;

use rayon::prelude::*;

use super::rows_per_task;
use crate::Isa;
use crate::lanes::Lanes;
use crate::scratch::with_scratch;
use crate::vectorised::{Vectorised, vectorised};

/// Rows summed in `f32` before their sum is added in `f64`.
const RUN: usize = 64;
/// Rows summed in registers before a sum in memory is updated.
const STEP: usize = 8;

/// Two terms per element, each summed over a channel.
///
/// # Safety
/// `terms` may be called for every row and channel of the sweep, and touches nothing that another row or
/// channel touches.
pub(super) unsafe trait Terms: Sync {
    /// The terms of `count` channels (at most a vector) from `channel` on, in the row that starts at element
    /// `row`.
    ///
    /// # Safety
    /// The channels are inside the row; the machine has the instructions of `L`.
    unsafe fn terms<L: Lanes>(&self, row: usize, channel: usize, count: usize) -> [L; 2];
}

/// Computes both sums of every channel.
pub(super) fn sweep<T: Terms>(rows: usize, channels: usize, terms: &T) -> Vec<[f64; 2]> {
    let isa = Isa::current();
    let step = rows_per_task(channels).next_multiple_of(RUN);
    let tasks = rows.div_ceil(step);
    let parts: Vec<Vec<f64>> = (0..tasks)
        .into_par_iter()
        .map(|task| {
            let rows = task * step..((task + 1) * step).min(rows);
            let mut totals = vec![0.0; 2 * channels];
            with_scratch(2 * channels, |sums| {
                vectorised(isa, Sweep { rows, channels, terms, sums, totals: &mut totals });
            });
            totals
        })
        .collect();
    let mut sums = vec![[0.0; 2]; channels];
    for part in parts {
        for (sum, part) in sums.iter_mut().zip(part.chunks_exact(2)) {
            sum[0] += part[0];
            sum[1] += part[1];
        }
    }
    sums
}

struct Sweep<'a, T> {
    rows: Range<usize>,
    channels: usize,
    terms: &'a T,
    /// Work space: the first terms' sums, then the second's.
    sums: &'a mut [f32],
    /// A pair of totals per channel.
    totals: &'a mut [f64],
}

impl<T: Terms> Vectorised for Sweep<'_, T> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        let Self { rows, channels, terms, sums, totals } = self;
        for first in rows.clone().step_by(RUN) {
            let end = (first + RUN).min(rows.end);
            sums.fill(0.0);
            let (left, right) = sums.split_at_mut(channels);
            for first in (first..end).step_by(STEP) {
                let end = (first + STEP).min(end);
                for channel in (0..channels).step_by(L::WIDTH) {
                    let count = (channels - channel).min(L::WIDTH);
                    // SAFETY: rows and channels of the sweep; `left` and `right` hold `channels` numbers.
                    unsafe {
                        let (left, right) = (left.as_mut_ptr().add(channel), right.as_mut_ptr().add(channel));
                        let mut sum = [super::read::<L>(left, count), super::read::<L>(right, count)];
                        for row in first..end {
                            let term = terms.terms::<L>(row * channels, channel, count);
                            sum = [sum[0].add(term[0]), sum[1].add(term[1])];
                        }
                        super::write(sum[0], left, count);
                        super::write(sum[1], right, count);
                    }
                }
            }
            for (total, (left, right)) in totals.chunks_exact_mut(2).zip(left.iter().zip(right.iter())) {
                total[0] += f64::from(*left);
                total[1] += f64::from(*right);
            }
        }
    }
}

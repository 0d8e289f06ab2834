//! Element-wise maps with factors per channel.

use std::ops::Range;

use super::rows_per_task;
use crate::Isa;
use crate::lanes::Lanes;
use crate::raw::Shared;
use crate::team::spread;
use crate::vectorised::{Vectorised, vectorised};

/// An element-wise map.
///
/// # Safety
/// `value` may be called for every row and channel of the map, and reads no element of the output but its
/// own.
pub(super) unsafe trait ElementMap: Sync {
    /// The values of `count` channels (at most a vector) from `channel` on, in the row that starts at element
    /// `row`.
    ///
    /// # Safety
    /// The channels are inside the row; the machine has the instructions of `L`.
    unsafe fn value<L: Lanes>(&self, row: usize, channel: usize, count: usize) -> L;
}

/// Writes the values of `map` to `rows` rows of `channels`.
pub(super) fn each<M: ElementMap>(rows: usize, channels: usize, map: &M, out: &Shared<'_>) {
    let isa = Isa::current();
    let step = rows_per_task(channels);
    spread(rows.div_ceil(step), &|task| {
        let rows = task * step..((task + 1) * step).min(rows);
        vectorised(isa, Each { rows, channels, map, out });
    });
}

struct Each<'a, M> {
    rows: Range<usize>,
    channels: usize,
    map: &'a M,
    out: &'a Shared<'a>,
}

impl<M: ElementMap> Vectorised for Each<'_, M> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        let Self { rows, channels, map, out } = self;
        for row in rows {
            let row = row * channels;
            for channel in (0..channels).step_by(L::WIDTH) {
                let count = (channels - channel).min(L::WIDTH);
                // SAFETY: the caller's output holds all rows; every element is written by one task.
                unsafe { super::write(map.value::<L>(row, channel, count), out.at(row + channel), count) }
            }
        }
    }
}

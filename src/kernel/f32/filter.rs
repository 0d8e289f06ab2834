//! Filters packed into the panels that the register tiles read sequentially.

use super::tile::panel_width;
use crate::raw::Shared;
use crate::scratch::with_scratch;
use crate::{Isa, recycle};

/// A `depth x columns` matrix per group, split into panels of [`panel_width`] columns, zeros after the last.
#[derive(Clone, Debug)]
pub(crate) struct Panels {
    pub isa: Isa,
    pub depth: usize,
    pub columns: usize,
    data: Vec<f32>,
}

impl Drop for Panels {
    fn drop(&mut self) {
        recycle::give(std::mem::take(&mut self.data));
    }
}

impl Panels {
    /// Panels whose weights are unspecified, zeros after the last column.
    fn new(isa: Isa, groups: usize, depth: usize, columns: usize) -> Self {
        let width = panel_width(isa);
        let mut data = recycle::take(groups * columns.div_ceil(width) * depth * width);
        if !columns.is_multiple_of(width) {
            data.fill(0.0);
        }
        Self { isa, depth, columns, data }
    }

    /// Writes the rows of all groups at once: `write(panel, k, stride, rows)` fills row `k` of panel number
    /// `panel` of every group; the groups' rows are `stride` numbers apart in `rows`.
    pub fn write_rows(
        isa: Isa,
        [groups, depth, columns]: [usize; 3],
        write: impl Fn(usize, usize, usize, &mut [f32]) + Sync,
    ) -> Self {
        use rayon::prelude::*;
        /// Rows computed together, so that a group's rows are copied in runs.
        const BLOCK: usize = 16;
        let width = panel_width(isa);
        let panels = columns.div_ceil(width);
        let blocks = depth.div_ceil(BLOCK);
        let mut packed = Self::new(isa, groups, depth, columns);
        let out = Shared::new(&mut packed.data);
        (0..panels * blocks).into_par_iter().for_each(|task| {
            let (panel, first) = (task / blocks, task % blocks * BLOCK);
            let rows = first..(first + BLOCK).min(depth);
            // A line more than the rows take: with a power of two all groups would map to the same cache
            // sets.
            let stride = BLOCK * width + 16;
            with_scratch(groups * stride, |scratch| {
                for k in rows.clone() {
                    write(panel, k, stride, &mut scratch[(k - first) * width..]);
                }
                for (group, made) in scratch.chunks_exact(stride).enumerate() {
                    let at = ((group * panels + panel) * depth + first) * width;
                    // SAFETY: the rows of one panel of one group, which no other task writes.
                    let to = unsafe { std::slice::from_raw_parts_mut(out.at(at), rows.len() * width) };
                    to.copy_from_slice(&made[..rows.len() * width]);
                }
            });
        });
        packed
    }

    /// Packs filters whose weight for `(group, tap, channel, column)` is `at(...)`; one row per tap and
    /// channel.
    pub fn pack_taps(
        isa: Isa,
        [groups, taps, channels, columns]: [usize; 4],
        at: impl Fn(usize, usize, usize, usize) -> f32 + Sync,
    ) -> Self {
        use rayon::prelude::*;
        /// Channels packed together: their lines of the panel stay in the cache while all columns are
        /// written.
        const BLOCK: usize = 16;
        let (width, depth) = (panel_width(isa), taps * channels);
        let panels = columns.div_ceil(width);
        let mut packed = Self::new(isa, groups, depth, columns);
        packed.data.par_chunks_exact_mut((depth * width).max(1)).enumerate().for_each(|(index, panel)| {
            let (group, first) = (index / panels, index % panels * width);
            for start in (0..channels).step_by(BLOCK) {
                for n in 0..width.min(columns - first) {
                    for channel in start..(start + BLOCK).min(channels) {
                        for tap in 0..taps {
                            panel[(tap * channels + channel) * width + n] =
                                at(group, tap, channel, first + n);
                        }
                    }
                }
            }
        });
        packed
    }

    /// Number of panels of a group.
    pub fn panels(&self) -> usize {
        self.columns.div_ceil(panel_width(self.isa))
    }

    /// Panel `index` of `group`: `depth` rows of [`panel_width`].
    pub fn panel(&self, group: usize, index: usize) -> &[f32] {
        let size = self.depth * panel_width(self.isa);
        &self.data[(group * self.panels() + index) * size..][..size]
    }

    /// Size in bytes.
    pub fn bytes(&self) -> usize {
        4 * self.data.len()
    }
}

//! Filters packed into the panels that the register tiles read from front to back.

use super::tile::panel_width;
use crate::kernel::Isa;

/// A `depth x columns` matrix per group, cut into panels of [`panel_width`] columns, zeros behind the last.
#[derive(Clone, Debug)]
pub(in crate::kernel) struct Panels {
    pub isa: Isa,
    pub depth: usize,
    pub columns: usize,
    data: Vec<f32>,
}

impl Panels {
    /// Packs `groups` matrices whose element `(group, k, n)` is `at(group, k, n)`.
    pub fn pack(
        isa: Isa,
        groups: usize,
        depth: usize,
        columns: usize,
        at: impl Fn(usize, usize, usize) -> f32 + Sync,
    ) -> Self {
        use rayon::prelude::*;
        let width = panel_width(isa);
        let panels = columns.div_ceil(width);
        let mut data = vec![0.0; groups * panels * depth * width];
        data.par_chunks_exact_mut((depth * width).max(1)).enumerate().for_each(|(index, panel)| {
            let (group, first) = (index / panels, index % panels * width);
            let count = width.min(columns - first);
            for n in 0..count {
                for k in 0..depth {
                    panel[k * width + n] = at(group, k, first + n);
                }
            }
        });
        Self { isa, depth, columns, data }
    }

    /// Packs filters whose weight for `(group, tap, channel, column)` is `at(...)`; a row per tap and channel.
    pub fn pack_taps(
        isa: Isa,
        [groups, taps, channels, columns]: [usize; 4],
        at: impl Fn(usize, usize, usize, usize) -> f32 + Sync,
    ) -> Self {
        use rayon::prelude::*;
        /// Channels side by side: their lines of the panel stay in the cache while all columns are written.
        const BLOCK: usize = 16;
        let (width, depth) = (panel_width(isa), taps * channels);
        let panels = columns.div_ceil(width);
        let mut data = vec![0.0; groups * panels * depth * width];
        data.par_chunks_exact_mut((depth * width).max(1)).enumerate().for_each(|(index, panel)| {
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
        Self { isa, depth, columns, data }
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

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        4 * self.data.len()
    }
}

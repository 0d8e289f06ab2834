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

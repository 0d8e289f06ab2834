//! Split of the sums into tasks, determined by the shape and the instruction set.

use std::ops::Range;

use super::super::f32::tile::{panel_width, tile_rows};
use super::super::{ConvShape, Isa};

/// Limit on the sums that a task updates repeatedly, and on the input numbers that it rereads: a part of a
/// core's L2 cache.
const KEPT: usize = 1 << 17;
/// Target number of tasks, so that threads finish at about the same time.
const TASKS: usize = 12;
/// Multiply-adds that justify one more task.
const WORK: usize = 1 << 23;
/// Most pixels processed together: a panel of channels and a tile of filters stay in the L1 cache.
const PIXELS: usize = 192;

/// An axis split into parts of one size, the last of which may be smaller.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parts {
    pub size: usize,
    pub count: usize,
    whole: usize,
}

impl Parts {
    fn new(whole: usize, size: usize) -> Self {
        Self { size, count: whole.div_ceil(size), whole }
    }

    fn range(self, part: usize) -> Range<usize> {
        part * self.size..((part + 1) * self.size).min(self.whole)
    }
}

/// Blocks of a group's filters, blocks of columns (channels, for all taps; or elements of a gathered window),
/// and chunks of pixels. A task has one of each.
#[derive(Debug)]
pub(super) struct WeightBlocking {
    pub isa: Isa,
    pub filters: Parts,
    pub columns: Parts,
    pub pixels: Parts,
    /// True if windows are gathered (im2col): the channels are too few to fill vectors, taps side by side
    /// fill them better.
    pub gathered: bool,
    /// Filters per tile.
    pub tile: usize,
    /// Columns per panel.
    pub width: usize,
    /// Taps that have their own columns; 1 if gathered.
    pub taps: usize,
    /// Pixels processed together.
    pub step: usize,
}

/// Ranges that a task sums over.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub group: usize,
    /// Within the group.
    pub filters: Range<usize>,
    pub columns: Range<usize>,
    /// Output pixels of the batch.
    pub pixels: Range<usize>,
}

impl WeightBlocking {
    pub fn new(isa: Isa, shape: &ConvShape) -> Self {
        let (outputs, depth, width) = (shape.group_out(), shape.depth(), panel_width(isa));
        let tile = outputs.div_ceil(outputs.div_ceil(tile_rows(isa)));
        let tiles = outputs.div_ceil(tile);
        let apart = shape.taps() * shape.group_in().div_ceil(width);
        let gathered = 5 * depth.div_ceil(width) < 4 * apart;
        let (taps, all_columns) = if gathered { (1, depth) } else { (shape.taps(), shape.group_in()) };
        let panels = all_columns.div_ceil(width);
        let steps = shape.rows().div_ceil(PIXELS);
        let worth = (shape.rows() * depth * shape.out_channels / WORK).clamp(1, TASKS);
        let chunks_of = |blocks: usize| worth.div_ceil(blocks * shape.groups()).min(steps);
        // Numbers moved: every block of filters reads the input, every block of columns the gradient; every
        // chunk writes its own sums, which are added up afterwards.
        let cost = |[filters, columns]: [usize; 2]| {
            let chunks = chunks_of(filters * columns);
            filters * shape.input_len() + columns * shape.output_len() + 3 * chunks * shape.weight_len()
        };
        let fits = |[filters, columns]: &[usize; 2]| {
            let (tiles, panels) = (tiles.div_ceil(*filters), panels.div_ceil(*columns));
            let smallest = tiles == 1 && panels == 1;
            smallest || (tiles * tile * taps).max(PIXELS) * panels * width <= KEPT
        };
        // A gathered window is not split.
        let most = if gathered { 1 } else { panels };
        let cuts = (1..=tiles).flat_map(|filters| (1..=most).map(move |columns| [filters, columns]));
        let [filters, columns] = cuts.filter(fits).min_by_key(|cut| cost(*cut)).unwrap_or([tiles, most]);
        let filters = Parts::new(outputs, tiles.div_ceil(filters) * tile);
        let columns = Parts::new(all_columns, panels.div_ceil(columns) * width);
        let chunk = shape.rows().div_ceil(chunks_of(filters.count * columns.count));
        let step = chunk.div_ceil(chunk.div_ceil(PIXELS));
        let pixels = Parts::new(shape.rows(), chunk.next_multiple_of(step));
        Self { isa, filters, columns, pixels, gathered, tile, width, taps, step }
    }

    pub fn tasks(&self, shape: &ConvShape) -> usize {
        shape.groups() * self.filters.count * self.columns.count * self.pixels.count
    }

    /// Index of a task.
    pub fn index(&self, group: usize, filters: usize, columns: usize, pixels: usize) -> usize {
        ((group * self.filters.count + filters) * self.columns.count + columns) * self.pixels.count + pixels
    }

    /// Ranges of the task `index`.
    pub fn place(&self, index: usize) -> Place {
        let (rest, pixels) = (index / self.pixels.count, index % self.pixels.count);
        let (rest, columns) = (rest / self.columns.count, rest % self.columns.count);
        let (group, filters) = (rest / self.filters.count, rest % self.filters.count);
        Place {
            group,
            filters: self.filters.range(filters),
            columns: self.columns.range(columns),
            pixels: self.pixels.range(pixels),
        }
    }

    /// Number of sums of a task: for every tap and panel, tile after tile, `[tile, width]` each.
    pub fn sums(&self, filters: usize, columns: usize) -> usize {
        self.taps * columns.div_ceil(self.width) * self.tiles(filters) * self.tile * self.width
    }

    /// Numbers from pixel to pixel of a tile's gradients: whole vectors, so that none straddles two cache lines.
    pub fn tile_stride(&self) -> usize {
        self.tile.next_multiple_of(self.width / 2)
    }

    /// Number of tiles for `filters` filters.
    pub fn tiles(&self, filters: usize) -> usize {
        filters.div_ceil(self.tile)
    }

    /// The sums of one filter of a task's `filters`: one panel width for every tap and panel.
    pub fn rows_of<'a>(
        &self,
        filter: usize,
        filters: usize,
        sums: &'a [f32],
    ) -> impl Iterator<Item = &'a [f32]> {
        let (width, at) = (self.width, filter * self.width);
        sums.chunks_exact(self.tiles(filters) * self.tile * width).map(move |panel| &panel[at..][..width])
    }
}

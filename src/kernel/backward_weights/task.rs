//! One task: a block of filters times a block of columns, summed over a chunk of pixels.

use std::ops::Range;

use super::super::f32::gather::gather;
use super::super::f32::outer::{self, Outer};
use super::super::scratch::with_scratch;
use super::super::vectorised::vectorised;
use super::super::{ConvShape, prefetch};
use super::pack::{PackPanels, PackTiles};
use super::plan::{Place, Plan};
use super::region::Region;

pub(super) struct Task<'a> {
    pub shape: &'a ConvShape,
    pub plan: &'a Plan,
    pub input: &'a [f32],
    pub gradient: &'a [f32],
    pub place: Place,
}

impl Task<'_> {
    /// Adds the products to `sums`, laid out as [`Plan::sums`] says.
    pub fn run(&self, sums: &mut [f32]) {
        match self.plan.gathered {
            true => self.gathered(sums),
            false => self.by_taps(sums),
        }
    }

    /// The task's pixels, a few at a time.
    fn steps(&self) -> impl Iterator<Item = Range<usize>> {
        let Range { start, end } = self.place.pixels;
        (start..end).step_by(self.plan.step).map(move |first| first..(first + self.plan.step).min(end))
    }

    /// Numbers that a tap's sums take.
    fn tap_sums(&self) -> usize {
        self.plan.sums(self.place.filters.len(), self.place.columns.len()) / self.plan.taps
    }

    /// A tap's channels are the columns: the input is copied by panels of channels, and read again for every tap.
    fn by_taps(&self, sums: &mut [f32]) {
        let Self { shape, plan, place: Place { group, filters, columns, .. }, .. } = self;
        let mut region = Region::new(shape);
        let mut under: Vec<*const f32> = Vec::with_capacity(plan.step);
        let panels = columns.len().div_ceil(plan.width);
        let room = panels * (region.most(shape, plan.step) + 1) * plan.width;
        with_scratch(plan.step * filters.len() + room, |scratch| {
            let (gradients, inputs) = scratch.split_at_mut(plan.step * filters.len());
            for pixels in self.steps() {
                self.pack_gradients(pixels.clone(), gradients);
                region.see(shape, pixels.clone());
                let pack = PackPanels {
                    source: self.input,
                    stride: shape.in_channels,
                    rows: region.pixels(shape),
                    count: region.len(),
                    first: group * shape.group_in() + columns.start,
                    columns: columns.len(),
                    into: inputs,
                };
                vectorised(plan.isa, pack);
                let mut ahead = Ahead::new(self, pixels.end);
                let panel = (region.len() + 1) * plan.width;
                for (tap, sums) in sums.chunks_exact_mut(self.tap_sums()).enumerate() {
                    under.clear();
                    under.extend(region.under(shape, tap).map(|at| inputs[at * plan.width..].as_ptr()));
                    self.multiply(gradients, &under, panel, sums, &mut ahead);
                }
            }
        });
    }

    /// A window's numbers are the columns, taps side by side.
    fn gathered(&self, sums: &mut [f32]) {
        let Self { shape, plan, place: Place { group, filters, .. }, .. } = self;
        // Readable to the end of the last panel, and no two rows on the same cache lines' sets.
        let stride = shape.depth().next_multiple_of(plan.width) + 16;
        let mut under: Vec<*const f32> = Vec::with_capacity(plan.step);
        with_scratch(plan.step * (filters.len() + stride), |scratch| {
            let (gradients, windows) = scratch.split_at_mut(plan.step * filters.len());
            for pixels in self.steps() {
                self.pack_gradients(pixels.clone(), gradients);
                gather(shape, self.input, *group, pixels.clone(), stride, windows);
                under.clear();
                under.extend((0..pixels.len()).map(|pixel| windows[pixel * stride..].as_ptr()));
                self.multiply(gradients, &under, plan.width, sums, &mut Ahead::new(self, pixels.end));
            }
        });
    }

    /// Copies the pixels' gradients by tiles: the rows of a tile side by side, one pixel after another.
    fn pack_gradients(&self, pixels: Range<usize>, into: &mut [f32]) {
        let stride = self.shape.out_channels;
        let pack = PackTiles {
            source: &self.gradient[pixels.start * stride..pixels.end * stride],
            stride,
            first: self.place.group * self.shape.group_out() + self.place.filters.start,
            outputs: self.place.filters.len(),
            tile: self.plan.tile,
            into,
        };
        vectorised(self.plan.isa, pack);
    }

    /// Adds all products of the packed gradients with the columns at `under`, `panel` numbers from panel to panel.
    fn multiply(
        &self,
        gradients: &[f32],
        under: &[*const f32],
        panel: usize,
        sums: &mut [f32],
        ahead: &mut Ahead<'_>,
    ) {
        let Self { plan, place: Place { filters, columns, .. }, .. } = self;
        let size = plan.tile * plan.width;
        let panels = sums.chunks_exact_mut(plan.tiles(filters.len()) * size);
        assert_eq!(panels.len(), columns.len().div_ceil(plan.width));
        for (index, sums) in panels.enumerate() {
            for (tile, sums) in sums.chunks_exact_mut(size).enumerate() {
                let first = tile * plan.tile;
                let rows = plan.tile.min(filters.len() - first);
                ahead.step();
                let tile = Outer {
                    a: gradients[first * under.len()..][..rows * under.len()].as_ptr(),
                    a_stride: rows,
                    b: under,
                    b_offset: index * panel,
                    c: sums.as_mut_ptr(),
                    rows,
                };
                // SAFETY: packed gradients of every pixel; the packed input (or gathered windows) has a panel's width
                // at every place in every panel; the sums of a tile are `tile` rows of a panel's width.
                unsafe { outer::accumulate(plan.isa, &tile) }
            }
        }
    }
}

/// Asks for the next pixels' inputs and gradients while the present ones are multiplied, a few with every tile.
struct Ahead<'a> {
    task: &'a Task<'a>,
    /// The next pixels.
    pixels: Range<usize>,
    /// Tiles of the present pixels, and how many of them were multiplied.
    tiles: usize,
    tile: usize,
    /// Pixels asked for.
    asked: usize,
}

impl<'a> Ahead<'a> {
    fn new(task: &'a Task<'a>, next: usize) -> Self {
        let Task { plan, place, .. } = task;
        let panels = plan.taps * place.columns.len().div_ceil(plan.width);
        let tiles = panels * plan.tiles(place.filters.len());
        Self { task, pixels: next..(next + plan.step).min(place.pixels.end), tiles, tile: 0, asked: 0 }
    }

    #[inline]
    fn step(&mut self) {
        self.tile += 1;
        let wanted = self.pixels.len() * self.tile / self.tiles;
        let Task { shape, plan, input, gradient, place } = self.task;
        let [down, across] = shape.geometry.stride;
        for pixel in self.pixels.start + self.asked..self.pixels.start + wanted {
            let from = pixel * shape.out_channels + place.group * shape.group_out() + place.filters.start;
            prefetch::read_later(gradient.as_ptr().wrapping_add(from), place.filters.len());
            if !plan.gathered {
                let (row, column) = (pixel / shape.out_size[1], pixel % shape.out_size[1]);
                let (image, row) = (row / shape.out_size[0], row % shape.out_size[0]);
                let from = (image * shape.in_size[0] + row * down) * shape.in_size[1] + column * across;
                let from = from * shape.in_channels + place.group * shape.group_in() + place.columns.start;
                prefetch::read_later(input.as_ptr().wrapping_add(from), place.columns.len());
            }
        }
        self.asked = wanted;
    }
}

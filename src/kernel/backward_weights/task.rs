//! One task: a block of filters times a block of columns, summed over a chunk of pixels.

use std::ops::Range;

use super::super::ConvShape;
use super::super::f32::gather::gather;
use super::super::f32::outer::{self, Outer};
use super::super::scratch::with_scratch;
use super::super::vectorised::vectorised;
use super::pack::{PackPanels, PackTiles};
use super::plan::{Place, WeightBlocking};
use super::region::InputRegion;

pub(super) struct WeightTask<'a> {
    pub shape: &'a ConvShape,
    pub plan: &'a WeightBlocking,
    pub input: &'a [f32],
    pub gradient: &'a [f32],
    pub place: Place,
}

impl WeightTask<'_> {
    /// Adds the products to `sums`, in the layout of [`WeightBlocking::sums`].
    pub fn run(&self, sums: &mut [f32]) {
        match self.plan.gathered {
            true => self.gathered(sums),
            false => self.by_taps(sums),
        }
    }

    /// The task's pixels, in steps.
    fn steps(&self) -> impl Iterator<Item = Range<usize>> {
        let Range { start, end } = self.place.pixels;
        (start..end).step_by(self.plan.step).map(move |first| first..(first + self.plan.step).min(end))
    }

    /// Number of sums per tap.
    fn tap_sums(&self) -> usize {
        self.plan.sums(self.place.filters.len(), self.place.columns.len()) / self.plan.taps
    }

    /// The columns are a tap's channels: the input is copied by panels of channels, and reread for every tap.
    fn by_taps(&self, sums: &mut [f32]) {
        let Self { shape, plan, place: Place { group, columns, .. }, .. } = self;
        let mut region = InputRegion::new(shape);
        let mut under: Vec<*const f32> = Vec::with_capacity(plan.step);
        let panels = columns.len().div_ceil(plan.width);
        let room = panels * (region.most(shape, plan.step) + 1) * plan.width;
        let gradients = self.packed_gradients();
        with_scratch(gradients + room, |scratch| {
            let (gradients, inputs) = scratch.split_at_mut(gradients);
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
                let panel = (region.len() + 1) * plan.width;
                for (tap, sums) in sums.chunks_exact_mut(self.tap_sums()).enumerate() {
                    under.clear();
                    under.extend(region.under(shape, tap).map(|at| inputs[at * plan.width..].as_ptr()));
                    self.multiply(gradients, &under, panel, sums);
                }
            }
        });
    }

    /// The columns are a window's elements, taps side by side (im2col).
    fn gathered(&self, sums: &mut [f32]) {
        let Self { shape, plan, place: Place { group, .. }, .. } = self;
        // Readable to the end of the last panel; the offset keeps rows out of the same cache sets.
        let stride = shape.depth().next_multiple_of(plan.width) + 16;
        let mut under: Vec<*const f32> = Vec::with_capacity(plan.step);
        let gradients = self.packed_gradients();
        with_scratch(gradients + plan.step * stride, |scratch| {
            let (gradients, windows) = scratch.split_at_mut(gradients);
            for pixels in self.steps() {
                self.pack_gradients(pixels.clone(), gradients);
                gather(shape, self.input, *group, pixels.clone(), stride, windows);
                under.clear();
                under.extend((0..pixels.len()).map(|pixel| windows[pixel * stride..].as_ptr()));
                self.multiply(gradients, &under, plan.width, sums);
            }
        });
    }

    /// Length of a step's packed gradients.
    fn packed_gradients(&self) -> usize {
        let tiles = self.plan.tiles(self.place.filters.len());
        (self.plan.step * tiles * self.plan.tile_stride()).next_multiple_of(16)
    }

    /// Copies the pixels' gradients by tiles: the filters of a tile side by side, one pixel after another.
    fn pack_gradients(&self, pixels: Range<usize>, into: &mut [f32]) {
        let stride = self.shape.out_channels;
        let pack = PackTiles {
            source: &self.gradient[pixels.start * stride..pixels.end * stride],
            stride,
            first: self.place.group * self.shape.group_out() + self.place.filters.start,
            outputs: self.place.filters.len(),
            tile: self.plan.tile,
            tile_stride: self.plan.tile_stride(),
            into,
        };
        vectorised(self.plan.isa, pack);
    }

    /// Adds all products of the packed gradients with the columns at `under`, `panel` numbers from panel to panel.
    fn multiply(&self, gradients: &[f32], under: &[*const f32], panel: usize, sums: &mut [f32]) {
        let Self { plan, place: Place { filters, columns, .. }, .. } = self;
        let (size, stride) = (plan.tile * plan.width, plan.tile_stride());
        let panels = sums.chunks_exact_mut(plan.tiles(filters.len()) * size);
        assert_eq!(panels.len(), columns.len().div_ceil(plan.width));
        for (index, sums) in panels.enumerate() {
            for (tile, sums) in sums.chunks_exact_mut(size).enumerate() {
                let rows = plan.tile.min(filters.len() - tile * plan.tile);
                let tile = Outer {
                    a: gradients[tile * stride * under.len()..][..stride * under.len()].as_ptr(),
                    a_stride: stride,
                    b: under,
                    b_offset: index * panel,
                    c: sums.as_mut_ptr(),
                    rows,
                };
                // SAFETY: every pixel's gradients are packed; the packed input (or gathered windows) has a
                // panel's width at every place in every panel; the sums of a tile are `tile` rows of a
                // panel's width.
                unsafe { outer::accumulate(plan.isa, &tile) }
            }
        }
    }
}

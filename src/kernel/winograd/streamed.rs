//! Winograd convolution for a few tiles: filters are read untransformed from memory, a quarter of their
//! transformed size, and transformed in parts that stay in the cache.

use super::filter::Transform;
use super::run::{Space, WinogradWork};
use super::{FREQUENCIES, TAPS, tiles};
use crate::f32::filter::Panels;
use crate::f32::tile::{self, Tile, panel_width, tile_rows};
use crate::raw::Shared;
use crate::scratch::with_scratch;
use crate::team::spread;
use crate::vectorised::vectorised;
use crate::{ConvShape, Epilogue, Isa, OutputRange};

/// Input channels whose filters are transformed together.
const PART: usize = 64;
/// Numbers per cache line.
const LINE: usize = 16;

/// Transformed filters of some input channels; consecutive frequencies are `stride` numbers apart.
struct Filters<'a> {
    rows: &'a [f32],
    stride: usize,
    channels: usize,
}

/// Packs the weights `at(tap, input channel, output channel)`: the taps of a channel side by side, so that
/// weights that are transformed together are contiguous.
pub(crate) fn pack(isa: Isa, shape: &ConvShape, at: impl Fn(usize, usize, usize) -> f32 + Sync) -> Panels {
    let rows = TAPS * shape.in_channels;
    Panels::pack_taps(isa, [1, 1, rows, shape.out_channels], |_, _, row, output| {
        at(row % TAPS, row / TAPS, output)
    })
}

/// `output = limit(conv(input) + bias + residual)` with filters packed by [`pack`]; every length was checked
/// by the caller.
pub(crate) fn forward(
    shape: &ConvShape,
    input: &[f32],
    panels: &Panels,
    epilogue: &Epilogue<'_>,
    output: &mut [f32],
) {
    let isa = panels.isa;
    let (count, width) = (tiles::count(shape), panel_width(isa));
    let out = Shared::new(output);
    let space = Space::new([shape.in_channels, 0], count);
    with_scratch(space.len(), |inputs| {
        let inputs = Shared::new(inputs);
        let work = WinogradWork { shape, isa, epilogue, space, first: 0 };
        let block = count.div_ceil(8);
        spread(count.div_ceil(block), &|index| {
            work.transform(input, index * block..((index + 1) * block).min(count), &inputs);
        });
        let space = Space::new([0, width], count);
        // Frequencies are an odd number of cache lines apart: with a power of two all 36 would map to the
        // same cache sets.
        let stride = PART.min(shape.in_channels) * width + LINE;
        let part = FREQUENCIES * stride;
        spread(panels.panels(), &|index| {
            with_scratch(part + space.len(), |scratch| {
                let (transformed, products) = scratch.split_at_mut(part);
                let products = Shared::new(products);
                for first in (0..shape.in_channels).step_by(PART) {
                    let channels = PART.min(shape.in_channels - first);
                    let filters = &panels.panel(0, index)[first * TAPS * width..];
                    vectorised(isa, Transform { filters, width, channels, stride, rows: &mut *transformed });
                    let filters = Filters { rows: transformed, stride, channels };
                    multiply((&work.space, &inputs), first, panels, &filters, (&space, &products));
                }
                let to = WinogradWork { space, ..work };
                let columns = index * width..((index + 1) * width).min(shape.out_channels);
                to.finish(0..count, columns, &products, &out);
            });
        });
    });
}

/// Adds the contribution of some input channels, from `first` on, to the products of every frequency.
fn multiply(
    (inputs, from): (&Space, &Shared<'_>),
    first: usize,
    panels: &Panels,
    filters: &Filters<'_>,
    (products, to): (&Space, &Shared<'_>),
) {
    let width = panel_width(panels.isa);
    let rows = inputs.rows;
    let step = rows.div_ceil(rows.div_ceil(tile_rows(panels.isa)));
    for (frequency, panel) in filters.rows.chunks_exact(filters.stride).take(FREQUENCIES).enumerate() {
        for row in (0..rows).step_by(step) {
            let c = to.at(products.output(frequency, row));
            let tile = Tile {
                depth: filters.channels,
                a: from.at(inputs.input(frequency, row) + first),
                a_stride: inputs.in_row,
                panel: panel.as_ptr(),
                c,
                c_stride: products.out_row,
                rows: step.min(rows - row),
                columns: width,
                bias: std::ptr::null(),
                residual: if first == 0 { std::ptr::null() } else { c },
                range: OutputRange::ALL,
            };
            // SAFETY: offsets inside `Space::len`; no other task uses these products, and none writes the
            // inputs.
            unsafe { tile::compute(panels.isa, &tile) }
        }
    }
}

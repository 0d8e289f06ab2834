//! The same convolution for a few tiles: filters come from memory as they are, a quarter of what they are transformed,
//! and are transformed on their way, a part that stays in the cache at a time.

use super::filter::Transform;
use super::run::{Space, WinogradWork};
use super::{FREQUENCIES, TAPS, tiles};
use crate::f32::filter::Panels;
use crate::f32::tile::{self, Tile, panel_width, tile_rows};
use crate::raw::Shared;
use crate::scratch::with_scratch;
use crate::team::spread;
use crate::vectorised::vectorised;
use crate::{ConvShape, Epilogue, Isa};

/// Input channels whose filters are transformed together.
const PART: usize = 64;
/// Numbers of a cache line.
const LINE: usize = 16;

/// Transformed filters of some input channels, every frequency `stride` numbers behind the one before.
struct Filters<'a> {
    rows: &'a [f32],
    stride: usize,
    channels: usize,
}

/// Packs the weights `at(tap, input channel, output channel)`: the taps of a channel side by side, so that what is
/// transformed together is read in one go.
pub(crate) fn pack(isa: Isa, shape: &ConvShape, at: impl Fn(usize, usize, usize) -> f32 + Sync) -> Panels {
    let rows = TAPS * shape.in_channels;
    Panels::pack_taps(isa, [1, 1, rows, shape.out_channels], |_, _, row, output| {
        at(row % TAPS, row / TAPS, output)
    })
}

/// `output = relu(conv(input) + bias + residual)` with filters that [`pack`] has packed; every length was checked by
/// the caller.
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
        // Frequencies an odd number of cache lines apart: a power of two would put all 36 on one another in the cache.
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

/// Adds to the products of every frequency what some input channels bring, from `first` on.
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
                relu: false,
            };
            // SAFETY: offsets inside `Space::len`; nobody else has these products, and nobody writes the inputs.
            unsafe { tile::compute(panels.isa, &tile) }
        }
    }
}

//! The same convolution for a few tiles: filters come from memory as they are, a quarter of what they are transformed,
//! and are transformed on their way, a part that stays in the cache at a time.

use super::filter::Transform;
use super::run::{Space, Work};
use super::{FREQUENCIES, tiles};
use crate::kernel::f32::filter::Panels;
use crate::kernel::f32::tile::{self, Tile, panel_width, tile_rows};
use crate::kernel::scratch::with_scratch;
use crate::kernel::team::spread;
use crate::kernel::vectorised::vectorised;
use crate::kernel::{ConvShape, Epilogue, raw::Shared};

/// Input channels whose filters are transformed together.
const PART: usize = 64;

/// `output = relu(conv(input) + bias + residual)` with filters as a direct convolution has them; every length was
/// checked by the caller.
pub(in crate::kernel) fn forward(
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
        let work = Work { shape, isa, epilogue, space, first: 0 };
        let block = count.div_ceil(8);
        spread(count.div_ceil(block), &|index| {
            work.transform(input, index * block..((index + 1) * block).min(count), &inputs);
        });
        let space = Space::new([0, width], count);
        let part = FREQUENCIES * PART.min(shape.in_channels) * width;
        spread(panels.panels(), &|index| {
            with_scratch(part + space.len(), |scratch| {
                let (filters, products) = scratch.split_at_mut(part);
                let products = Shared::new(products);
                for first in (0..shape.in_channels).step_by(PART) {
                    let channels = PART.min(shape.in_channels - first);
                    let taps = &panels.panel(0, index)[first * width..];
                    let stride = channels * width;
                    let tap = shape.in_channels * width;
                    vectorised(isa, Transform { filters: taps, tap, width, channels, stride, rows: filters });
                    multiply((&work.space, &inputs), first, panels, (filters, channels), (&space, &products));
                }
                let to = Work { space, ..work };
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
    (filters, channels): (&[f32], usize),
    (products, to): (&Space, &Shared<'_>),
) {
    let width = panel_width(panels.isa);
    let rows = inputs.rows;
    let step = rows.div_ceil(rows.div_ceil(tile_rows(panels.isa)));
    for (frequency, panel) in filters.chunks_exact(channels * width).take(FREQUENCIES).enumerate() {
        for row in (0..rows).step_by(step) {
            let c = to.at(products.output(frequency, row));
            let tile = Tile {
                depth: channels,
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

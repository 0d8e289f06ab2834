//! A convolution in the Winograd domain: transform, 36 matrix products, inverse transform.

use std::ops::Range;

use super::filter::WinogradFilter;
use super::{FREQUENCIES, IN, OUT, tiles, transform};
use crate::f32::filter::Panels;
use crate::f32::tile::{self, Tile, panel_width, tile_rows};
use crate::lanes::{Lanes, Portable};
use crate::raw::Shared;
use crate::scratch::with_scratch;
use crate::team::spread;
use crate::{ConvShape, Epilogue, Isa, OutputRange, prefetch};

/// Up to this size (in numbers) weights are reread by every block of tiles; above, each is read by one task.
const SHARED_WEIGHTS: usize = 1 << 20;
/// Most tiles per block.
const BLOCK: usize = 56;

/// `output = limit(conv(input) + bias + residual)`; every length was checked by the caller.
pub(crate) fn forward(
    shape: &ConvShape,
    input: &[f32],
    filter: &WinogradFilter,
    epilogue: &Epilogue<'_>,
    output: &mut [f32],
) {
    let (isa, channels) = (filter.panels.isa, 0..shape.out_channels);
    let count = tiles::count(shape);
    let out = Shared::new(output);
    let depths = [shape.in_channels, shape.out_channels];
    let weights = FREQUENCIES * shape.in_channels * shape.out_channels;
    let blocks = count.div_ceil(BLOCK).next_multiple_of(4).min(count);
    if weights <= SHARED_WEIGHTS && count >= 4 * tile_rows(isa) {
        // Every block does all three steps, its tiles and products in the core's own cache.
        let block = count.div_ceil(blocks);
        spread(count.div_ceil(block), &|index| {
            let range = index * block..((index + 1) * block).min(count);
            let space = Space::new(depths, range.len());
            with_scratch(space.len(), |scratch| {
                let work = WinogradWork { shape, isa, epilogue, space, first: range.start };
                let scratch = Shared::new(scratch);
                work.transform(input, range.clone(), &scratch);
                for frequency in 0..FREQUENCIES {
                    work.multiply(frequency, &filter.panels, &scratch);
                }
                work.finish(range, channels.clone(), &scratch, &out);
            });
        });
        return;
    }
    // Weights larger than the cache: each is read once, for all tiles.
    let space = Space::new(depths, count);
    with_scratch(space.len(), |scratch| {
        let work = WinogradWork { shape, isa, epilogue, space, first: 0 };
        let scratch = Shared::new(scratch);
        let block = count.div_ceil(32).max(1);
        let blocks = count.div_ceil(block);
        let range = |index: usize| index * block..((index + 1) * block).min(count);
        spread(blocks, &|index| work.transform(input, range(index), &scratch));
        spread(FREQUENCIES, &|frequency| work.multiply(frequency, &filter.panels, &scratch));
        spread(blocks, &|index| work.finish(range(index), channels.clone(), &scratch, &out));
    });
}

/// Layout of transformed tiles and their products in a scratch buffer: `[36][tile][channel]` each.
#[derive(Clone, Copy)]
pub(super) struct Space {
    pub rows: usize,
    pub in_row: usize,
    pub out_row: usize,
    in_plane: usize,
    out_plane: usize,
}

impl Space {
    pub fn new([inputs, outputs]: [usize; 2], rows: usize) -> Self {
        // Rows and planes are an odd number of cache lines apart, so that neither the rows of a register tile
        // nor the 36 numbers of a position map to the same cache sets.
        let odd = |length: usize| (length.div_ceil(16) | 1) * 16;
        let (in_row, out_row) = (odd(inputs), odd(outputs));
        Self { rows, in_row, out_row, in_plane: odd(rows * in_row), out_plane: odd(rows * out_row) }
    }

    pub fn len(&self) -> usize {
        FREQUENCIES * (self.in_plane + self.out_plane)
    }

    pub fn input(&self, frequency: usize, row: usize) -> usize {
        frequency * self.in_plane + row * self.in_row
    }

    pub fn output(&self, frequency: usize, row: usize) -> usize {
        FREQUENCIES * self.in_plane + frequency * self.out_plane + row * self.out_row
    }
}

pub(super) struct WinogradWork<'a> {
    pub shape: &'a ConvShape,
    pub isa: Isa,
    pub epilogue: &'a Epilogue<'a>,
    pub space: Space,
    /// The tile stored in the scratch's first row.
    pub first: usize,
}

impl WinogradWork<'_> {
    /// Writes the transformed inputs of `tiles`.
    pub fn transform(&self, input: &[f32], tiles: Range<usize>, scratch: &Shared<'_>) {
        for tile in tiles {
            // SAFETY: the filter was packed for an instruction set of this machine; every tile has its own
            // scratch rows, inside `Space::len`.
            unsafe {
                match self.isa {
                    #[cfg(target_arch = "x86_64")]
                    Isa::Avx512 => self.transform_avx512(input, tile, scratch),
                    #[cfg(target_arch = "x86_64")]
                    Isa::Avx2 => self.transform_avx2(input, tile, scratch),
                    _ => self.transform_tile::<Portable>(input, tile, scratch),
                }
            }
        }
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx512f")]
    unsafe fn transform_avx512(&self, input: &[f32], tile: usize, scratch: &Shared<'_>) {
        unsafe { self.transform_tile::<crate::lanes::Avx512>(input, tile, scratch) }
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,fma")]
    unsafe fn transform_avx2(&self, input: &[f32], tile: usize, scratch: &Shared<'_>) {
        unsafe { self.transform_tile::<crate::lanes::Avx2>(input, tile, scratch) }
    }

    #[inline(always)]
    unsafe fn transform_tile<L: Lanes>(&self, input: &[f32], tile: usize, scratch: &Shared<'_>) {
        let shape = self.shape;
        let channels = shape.in_channels;
        let [height, width] = shape.in_size.map(|length| length as isize);
        let (image, [row, column]) = tiles::place(shape, tile);
        let top = row as isize - shape.geometry.padding[0].before as isize;
        let left = column as isize - shape.geometry.padding[1].before as isize;
        let image = &input[image * shape.in_pixels() * channels..][..shape.in_pixels() * channels];
        let inside = top >= 0 && left >= 0 && top + IN as isize <= height && left + IN as isize <= width;
        let target = self.space.input(0, tile - self.first);
        // SAFETY: pixels outside the image are not read; the scratch rows hold `channels` numbers.
        unsafe {
            for channel in (0..channels).step_by(L::WIDTH) {
                let count = (channels - channel).min(L::WIDTH);
                let store = |frequency: usize, value: L| {
                    let to = scratch.at(target + frequency * self.space.in_plane + channel);
                    if count == L::WIDTH { value.store(to) } else { value.store_first(to, count) }
                };
                if inside && count == L::WIDTH {
                    let from = image.as_ptr().add((top * width + left) as usize * channels + channel);
                    let line = width as usize * channels;
                    transform::input(|y, x| L::load(from.add(y * line + x * channels)), store);
                } else {
                    let pixel = |y: usize, x: usize| {
                        let (y, x) = (top + y as isize, left + x as isize);
                        if y < 0 || x < 0 || y >= height || x >= width {
                            return L::splat(0.0);
                        }
                        let from = image.as_ptr().add((y * width + x) as usize * channels + channel);
                        if count == L::WIDTH { L::load(from) } else { L::load_first(from, count) }
                    };
                    transform::input(pixel, store);
                }
            }
        }
    }

    /// Computes one frequency's matrix product.
    fn multiply(&self, frequency: usize, panels: &Panels, scratch: &Shared<'_>) {
        let width = panel_width(panels.isa);
        let rows = self.space.rows;
        let step = rows.div_ceil(rows.div_ceil(tile_rows(panels.isa)));
        for index in 0..panels.panels() {
            let panel = panels.panel(frequency, index);
            for first in (0..rows).step_by(step) {
                // The next panel in memory is this frequency's next one, or the next frequency's first.
                let share = panel.len() * step / rows;
                prefetch::read(panel.as_ptr_range().end.wrapping_add(first / step * share), share);
                // SAFETY: offsets inside `Space::len`; no other task writes this frequency's products.
                unsafe {
                    let tile = Tile {
                        depth: panels.depth,
                        a: scratch.at(self.space.input(frequency, first)),
                        a_stride: self.space.in_row,
                        panel: panel.as_ptr(),
                        c: scratch.at(self.space.output(frequency, first) + index * width),
                        c_stride: self.space.out_row,
                        rows: step.min(rows - first),
                        columns: width.min(panels.columns - index * width),
                        bias: std::ptr::null(),
                        residual: std::ptr::null(),
                        range: OutputRange::ALL,
                    };
                    tile::compute(panels.isa, &tile);
                }
            }
        }
    }

    /// Applies the inverse transform to the products of `tiles` and stores these output channels, the only
    /// ones in `scratch`.
    pub fn finish(
        &self,
        tiles: Range<usize>,
        channels: Range<usize>,
        scratch: &Shared<'_>,
        out: &Shared<'_>,
    ) {
        for tile in tiles {
            // SAFETY: as in `transform`; every tile has its own output pixels.
            unsafe {
                match self.isa {
                    #[cfg(target_arch = "x86_64")]
                    Isa::Avx512 => self.finish_avx512(tile, channels.clone(), scratch, out),
                    #[cfg(target_arch = "x86_64")]
                    Isa::Avx2 => self.finish_avx2(tile, channels.clone(), scratch, out),
                    _ => self.finish_tile::<Portable>(tile, channels.clone(), scratch, out),
                }
            }
        }
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx512f")]
    unsafe fn finish_avx512(
        &self,
        tile: usize,
        channels: Range<usize>,
        scratch: &Shared<'_>,
        out: &Shared<'_>,
    ) {
        unsafe { self.finish_tile::<crate::lanes::Avx512>(tile, channels, scratch, out) }
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,fma")]
    unsafe fn finish_avx2(
        &self,
        tile: usize,
        channels: Range<usize>,
        scratch: &Shared<'_>,
        out: &Shared<'_>,
    ) {
        unsafe { self.finish_tile::<crate::lanes::Avx2>(tile, channels, scratch, out) }
    }

    #[inline(always)]
    unsafe fn finish_tile<L: Lanes>(
        &self,
        tile: usize,
        channels: Range<usize>,
        scratch: &Shared<'_>,
        out: &Shared<'_>,
    ) {
        let shape = self.shape;
        let pixel = shape.out_channels;
        let [height, width] = shape.out_size;
        let (image, [row, column]) = tiles::place(shape, tile);
        let (rows, columns) = ((height - row).min(OUT), (width - column).min(OUT));
        let from = self.space.output(0, tile - self.first);
        let origin = ((image * height + row) * width + column) * pixel;
        let residual = self.epilogue.residual.at(origin, out);
        // SAFETY: only the tile's outputs inside the image are touched; lengths were checked.
        unsafe {
            for channel in channels.clone().step_by(L::WIDTH) {
                let count = (channels.end - channel).min(L::WIDTH);
                let read = |from: *const f32| match count == L::WIDTH {
                    true => L::load(from),
                    false => L::load_first(from, count),
                };
                let bias = self.epilogue.bias.map_or(L::splat(0.0), |bias| read(bias.as_ptr().add(channel)));
                let product = |frequency: usize| {
                    read(scratch.at(from + frequency * self.space.out_plane + channel - channels.start))
                };
                transform::output(product, |y, x, value: L| {
                    if y >= rows || x >= columns {
                        return;
                    }
                    let at = (y * width + x) * pixel + channel;
                    let mut value = value.add(bias);
                    if !residual.is_null() {
                        value = value.add(read(residual.add(at)));
                    }
                    value = self.epilogue.range.limit_lanes(value);
                    let to = out.at(origin + at);
                    if count == L::WIDTH { value.store(to) } else { value.store_first(to, count) }
                });
            }
        }
    }
}

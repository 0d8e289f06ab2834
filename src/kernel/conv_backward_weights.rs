//! Convolution, backwards: the gradient with respect to the weights.

use std::ops::Range;

use rayon::prelude::*;

use super::error::check_length;
use super::f32::gather::gather;
use super::f32::outer::{self, Outer};
use super::f32::tile::{panel_width, tile_rows};
use super::lanes::Lanes;
use super::scratch::with_scratch;
use super::vectorised::{Vectorised, vectorised};
use super::{ConvShape, Isa, KernelError, prefetch, recycle};

/// Sums that a task adds to again and again: a part of a core's second-level cache.
const SUMS: usize = 1 << 17;
/// Tasks wanted, so that threads end at about the same time.
const TASKS: usize = 12;
/// Products worth a task of their own.
const WORK: usize = 1 << 23;
/// Pixels taken together: what they read stays in the cache for all taps and channels.
const PIXELS: usize = 128;

/// Gradient with respect to the weights, `[out, in / groups, kernel height, kernel width]`.
///
/// It replaces what `weight_gradient` holds, or is added to it with `accumulate`.
///
/// # Errors
/// A buffer whose length is not the one `shape` asks for.
pub fn conv2d_backward_weights(
    shape: &ConvShape,
    input: &[f32],
    output_gradient: &[f32],
    accumulate: bool,
    weight_gradient: &mut [f32],
) -> Result<(), KernelError> {
    check_length("the input", input.len(), shape.input_len())?;
    check_length("the output gradient", output_gradient.len(), shape.output_len())?;
    check_length("the weight gradient", weight_gradient.len(), shape.weight_len())?;
    let isa = Isa::current();
    let plan = Plan::new(isa, shape);
    let blocks = shape.groups() * plan.blocks;
    let sums: Vec<Vec<f32>> = (0..blocks * plan.chunks)
        .into_par_iter()
        .map(|task| {
            let (block, chunk) = (task / plan.chunks, task % plan.chunks);
            let (group, outputs) = plan.outputs(shape, block);
            let pixels = chunk * plan.chunk..((chunk + 1) * plan.chunk).min(shape.rows());
            let mut sums = recycle::take(outputs.len() * shape.depth());
            sums.fill(0.0);
            Task { shape, plan: &plan, isa, input, gradient: output_gradient, group, outputs }
                .run(pixels, &mut sums);
            sums
        })
        .collect();
    // Blocks of filters lie one after another; the chunks of each are added in order.
    let mut parts: Vec<&mut [f32]> = Vec::with_capacity(blocks);
    let mut rest = weight_gradient;
    for block in 0..blocks {
        let (part, behind) = rest.split_at_mut(plan.outputs(shape, block).1.len() * shape.depth());
        parts.push(part);
        rest = behind;
    }
    let (channels, taps) = (shape.group_in(), shape.taps());
    parts.into_par_iter().zip(sums.par_chunks(plan.chunks)).for_each(|(weights, chunks)| {
        for (chunk, sums) in chunks.iter().enumerate() {
            let add = accumulate || chunk > 0;
            for (filter, sums) in
                weights.chunks_exact_mut(shape.depth()).zip(sums.chunks_exact(shape.depth()))
            {
                for (tap, sums) in sums.chunks_exact(channels).enumerate() {
                    let weights = filter[tap..].iter_mut().step_by(taps).zip(sums);
                    match add {
                        true => weights.for_each(|(weight, sum)| *weight += sum),
                        false => weights.for_each(|(weight, sum)| *weight = *sum),
                    }
                }
            }
        }
    });
    sums.into_iter().for_each(recycle::give);
    Ok(())
}

/// How the sums are cut into tasks, from the shape alone: blocks of filters times chunks of pixels.
struct Plan {
    /// Filters of a block, within a group.
    block: usize,
    /// Blocks of a group.
    blocks: usize,
    /// Pixels of a chunk.
    chunk: usize,
    chunks: usize,
    /// Whether windows are gathered: channels too few to fill vectors, taps side by side fill them better.
    gathered: bool,
}

impl Plan {
    fn new(isa: Isa, shape: &ConvShape) -> Self {
        let (outputs, depth) = (shape.group_out(), shape.depth());
        let tile = outputs.div_ceil(outputs.div_ceil(tile_rows(isa)));
        let tiles = outputs.div_ceil(tile);
        let pixel_tasks = shape.rows().div_ceil(PIXELS);
        let worth = (shape.rows() * depth * shape.out_channels / WORK).clamp(1, TASKS);
        let chunks_of = |blocks: usize| worth.div_ceil(blocks * shape.groups()).min(pixel_tasks);
        // Numbers moved: every block reads the input, every chunk writes sums of its own, which are added up.
        let cost = |blocks: usize| blocks * shape.input_len() + 3 * chunks_of(blocks) * shape.weight_len();
        let fits = |blocks: &usize| tiles.div_ceil(*blocks) * tile * depth <= SUMS || *blocks == tiles;
        let blocks = (1..=tiles).filter(fits).min_by_key(|blocks| cost(*blocks)).unwrap_or(tiles);
        let block = (tiles.div_ceil(blocks) * tile).min(outputs);
        let blocks = outputs.div_ceil(block);
        let chunk = shape.rows().div_ceil(chunks_of(blocks)).next_multiple_of(PIXELS);
        let chunks = shape.rows().div_ceil(chunk);
        let width = panel_width(isa);
        let apart = shape.taps() * shape.group_in().div_ceil(width);
        let gathered = 5 * depth.div_ceil(width) < 4 * apart;
        Self { block, blocks, chunk, chunks, gathered }
    }

    /// Group and filters (of the group) of a block, counted over all groups.
    fn outputs(&self, shape: &ConvShape, block: usize) -> (usize, Range<usize>) {
        let (group, first) = (block / self.blocks, block % self.blocks * self.block);
        (group, first..(first + self.block).min(shape.group_out()))
    }
}

struct Task<'a> {
    shape: &'a ConvShape,
    plan: &'a Plan,
    isa: Isa,
    input: &'a [f32],
    gradient: &'a [f32],
    group: usize,
    outputs: Range<usize>,
}

impl Task<'_> {
    /// Adds the products of `pixels` to `sums`, `[outputs, taps, channels]`.
    fn run(&self, pixels: Range<usize>, sums: &mut [f32]) {
        let (shape, outputs) = (self.shape, self.outputs.len());
        let depth = shape.depth();
        let stride = depth.next_multiple_of(16) + 16;
        let windows = if self.plan.gathered { PIXELS * stride } else { shape.group_in() };
        let mut places = Vec::with_capacity(PIXELS);
        with_scratch(PIXELS * outputs + windows, |scratch| {
            let (gradients, windows) = scratch.split_at_mut(PIXELS * outputs);
            if !self.plan.gathered {
                // What a tap outside of the image reads.
                windows.fill(0.0);
            }
            for first in pixels.clone().step_by(PIXELS) {
                let pixels = first..(first + PIXELS).min(pixels.end);
                self.pack(pixels.clone(), gradients);
                let mut ahead = Ahead::new(self, pixels.end);
                if self.plan.gathered {
                    gather(shape, self.input, self.group, pixels.clone(), stride, windows);
                    places.clear();
                    places.extend((0..pixels.len()).map(|pixel| windows[pixel * stride..].as_ptr()));
                    self.multiply(gradients, &places, depth, sums, &mut ahead);
                    continue;
                }
                for tap in 0..shape.taps() {
                    self.places(tap, pixels.clone(), windows, &mut places);
                    let sums = &mut sums[tap * shape.group_in()..];
                    self.multiply(gradients, &places, shape.group_in(), sums, &mut ahead);
                }
            }
        });
    }

    /// Copies the pixels' gradients by tiles: the rows of a tile side by side, one pixel after another.
    fn pack(&self, pixels: Range<usize>, into: &mut [f32]) {
        let (shape, outputs) = (self.shape, self.outputs.len());
        let first = self.group * shape.group_out() + self.outputs.start;
        let source = &self.gradient[pixels.start * shape.out_channels..pixels.end * shape.out_channels];
        let stride = shape.out_channels;
        vectorised(self.isa, Pack { source, stride, first, outputs, tile: self.tile(), into });
    }

    /// Filters of a tile.
    fn tile(&self) -> usize {
        let outputs = self.outputs.len();
        outputs.div_ceil(outputs.div_ceil(tile_rows(self.isa)))
    }

    /// Where each pixel's window has its channels for `tap`; `zeros` where that is outside of the image.
    fn places(&self, tap: usize, pixels: Range<usize>, zeros: &[f32], into: &mut Vec<*const f32>) {
        let shape = self.shape;
        let [height, width] = shape.in_size;
        let (row, column) = (tap / shape.kernel[1], tap % shape.kernel[1]);
        let offset = |axis: usize, tap: usize| {
            (tap * shape.geometry.dilation[axis]) as isize - shape.geometry.padding[axis] as isize
        };
        let (down, across) = (offset(0, row), offset(1, column));
        into.clear();
        into.extend(pixels.map(|pixel| {
            let (image, pixel) = (pixel / shape.out_pixels(), pixel % shape.out_pixels());
            let (y, x) = (pixel / shape.out_size[1], pixel % shape.out_size[1]);
            let y = (y * shape.geometry.stride[0]) as isize + down;
            let x = (x * shape.geometry.stride[1]) as isize + across;
            if y < 0 || x < 0 || y >= height as isize || x >= width as isize {
                return zeros.as_ptr();
            }
            let pixel = (image * height + y as usize) * width + x as usize;
            self.input[pixel * shape.in_channels + self.group * shape.group_in()..].as_ptr()
        }));
    }

    /// Adds all products of the packed gradients with the `columns` numbers at each place.
    fn multiply(
        &self,
        gradients: &[f32],
        places: &[*const f32],
        columns: usize,
        sums: &mut [f32],
        ahead: &mut Ahead<'_>,
    ) {
        let (tile, width, depth) = (self.tile(), panel_width(self.isa), self.shape.depth());
        assert!(sums.len() >= (self.outputs.len() - 1) * depth + columns);
        for column in (0..columns).step_by(width) {
            for first in (0..self.outputs.len()).step_by(tile) {
                let rows = tile.min(self.outputs.len() - first);
                ahead.step();
                let tile = Outer {
                    a: gradients[first * places.len()..].as_ptr(),
                    a_stride: rows,
                    b: places,
                    b_offset: column,
                    c: sums[first * depth + column..].as_mut_ptr(),
                    c_stride: depth,
                    rows,
                    columns: width.min(columns - column),
                };
                // SAFETY: packed gradients of every pixel; `columns` numbers are readable at every place (channels of
                // a pixel of the group, zeros, or a gathered window); the sums were measured above.
                unsafe { outer::accumulate(self.isa, &tile) }
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
        let shape = task.shape;
        let width = panel_width(task.isa);
        let panels = match task.plan.gathered {
            true => shape.depth().div_ceil(width),
            false => shape.taps() * shape.group_in().div_ceil(width),
        };
        let tiles = panels * task.outputs.len().div_ceil(task.tile());
        Self { task, pixels: next..(next + PIXELS).min(shape.rows()), tiles, tile: 0, asked: 0 }
    }

    #[inline]
    fn step(&mut self) {
        self.tile += 1;
        let wanted = self.pixels.len() * self.tile / self.tiles;
        let Task { shape, input, gradient, group, outputs, .. } = self.task;
        let [down, across] = shape.geometry.stride;
        for pixel in self.pixels.start + self.asked..self.pixels.start + wanted {
            let from = pixel * shape.out_channels + group * shape.group_out() + outputs.start;
            prefetch::read_later(gradient.as_ptr().wrapping_add(from), outputs.len());
            if !self.task.plan.gathered {
                let (row, column) = (pixel / shape.out_size[1], pixel % shape.out_size[1]);
                let (image, row) = (row / shape.out_size[0], row % shape.out_size[0]);
                let from = (image * shape.in_size[0] + row * down) * shape.in_size[1] + column * across;
                let from = from * shape.in_channels + group * shape.group_in();
                prefetch::read_later(input.as_ptr().wrapping_add(from), shape.group_in());
            }
        }
        self.asked = wanted;
    }
}

/// Copies columns `first..first + outputs` of a matrix by tiles of columns.
struct Pack<'a> {
    source: &'a [f32],
    /// Columns of the matrix.
    stride: usize,
    first: usize,
    outputs: usize,
    /// Columns of a tile.
    tile: usize,
    into: &'a mut [f32],
}

impl Vectorised for Pack<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        let Self { source, stride, first, outputs, tile, into } = self;
        let rows = source.len() / stride;
        assert!(first + outputs <= stride && into.len() >= rows * outputs && tile > 0);
        for (row, source) in source.chunks_exact(stride).enumerate() {
            for start in (0..outputs).step_by(tile) {
                let columns = tile.min(outputs - start);
                for column in (0..columns).step_by(L::WIDTH) {
                    let count = (columns - column).min(L::WIDTH);
                    // SAFETY: columns inside of the row; tiles before this one took `rows * start` numbers.
                    unsafe {
                        let from = source.as_ptr().add(first + start + column);
                        let to = into.as_mut_ptr().add(rows * start + row * columns + column);
                        L::load_first(from, count).store_first(to, count);
                    }
                }
            }
        }
    }
}

//! Locations from which the tile instructions read the windows of a chunk of output pixels.

use std::ops::Range;

use half::bf16;

use super::filter::Runs;
use super::sizes::{BLOCK, STEP, TILE};
use crate::{AxisPadding, ConvShape};

/// Source of the windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// 1x1, stride 1, no padding: pixels are the rows of a matrix.
    Flat,
    /// Read from the input: no padding.
    InPlace,
    /// Read from a copy of the input with its padding.
    Padded,
    /// Read from a copy of every window (im2col).
    Gathered,
}

/// The pixels of one tile: a run within an output row, or several output rows and the unused rows between
/// them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    pub mode: Mode,
    /// Most pixels per tile.
    pub tile: usize,
    /// Output rows per tile.
    pub tile_rows: usize,
    /// Unused tile rows between two output rows that share a tile.
    pub gap: usize,
}

impl Layout {
    /// Chooses the layout for a task of `pixels` output pixels.
    pub fn new(shape: &ConvShape, runs: Runs, pixels: usize) -> Self {
        let whole_channels = shape.in_channels.is_multiple_of(STEP);
        let even = |mode, pixels: usize| {
            let blocks = pixels.div_ceil(BLOCK);
            let tile = pixels.div_ceil(blocks).div_ceil(2);
            Self { mode, tile, tile_rows: 1, gap: 0 }
        };
        if shape.is_pointwise() && whole_channels {
            return even(Mode::Flat, pixels);
        }
        let (width, pitch) = (shape.out_size[1], padded_width(shape));
        let padded = shape.geometry.padding != [AxisPadding::default(); 2] || !runs.whole();
        let mode = if padded { Mode::Padded } else { Mode::InPlace };
        if shape.geometry.stride == [1; 2] && width <= TILE {
            let rows = (TILE + pitch - width) / pitch;
            if rows > 1 && rows * width >= 12 {
                return Self { mode, tile: rows * width, tile_rows: rows, gap: pitch - width };
            }
        }
        let tile = width.div_ceil(width.div_ceil(TILE));
        if tile < 12 && whole_channels {
            return even(Mode::Gathered, pixels);
        }
        Self { mode, tile, tile_rows: 1, gap: 0 }
    }

    /// Output pixels of which a chunk holds a whole multiple.
    pub fn unit(&self, shape: &ConvShape) -> usize {
        match self.mode {
            Mode::Flat | Mode::Gathered => 1,
            Mode::InPlace | Mode::Padded => shape.out_size[1],
        }
    }

    /// Row of the sums that belongs to each output pixel of a block.
    pub fn rows(&self, shape: &ConvShape) -> [u8; BLOCK] {
        let mut rows = [0; BLOCK];
        for (pixel, row) in rows.iter_mut().enumerate() {
            *row = pixel as u8;
            if self.gap > 0 {
                let within = pixel % self.tile;
                let span = self.tile + (self.tile_rows - 1) * self.gap;
                let at = pixel / self.tile * span + within + within / shape.out_size[1] * self.gap;
                *row = at.min(BLOCK - 1) as u8;
            }
        }
        rows
    }
}

/// Width in pixels of an input row with its padding.
pub(super) fn padded_width(shape: &ConvShape) -> usize {
    shape.in_size[1] + shape.geometry.padding[1].sum()
}

/// Two tiles of windows.
#[derive(Clone, Copy, Debug)]
pub(super) struct WindowBlock {
    /// First window of either tile.
    pub at: [*const u8; 2],
    /// Rows of either tile; 0 in the second if there is only one tile.
    pub rows: [usize; 2],
    /// First output pixel.
    pub pixel: usize,
    /// Number of output pixels.
    pub pixels: usize,
}

/// Output rows `rows` of `image`, and the input rows that they read.
pub(super) struct Piece {
    pub image: usize,
    pub rows: Range<usize>,
    /// Input row, counted from the top of the padding, of the first tap of the first row.
    pub top: usize,
    /// Number of input rows read.
    pub input_rows: usize,
}

/// Splits `pixels`, whole output rows, by image.
pub(super) fn pieces(shape: &ConvShape, pixels: Range<usize>) -> impl Iterator<Item = Piece> {
    let [height, width] = shape.out_size;
    let rows = pixels.start / width..pixels.end / width;
    let reach = shape.geometry.dilation[0] * (shape.kernel[0] - 1) + 1;
    let stride = shape.geometry.stride[0];
    (rows.start / height..rows.end.div_ceil(height)).map(move |image| {
        let first = rows.start.max(image * height) - image * height;
        let last = rows.end.min((image + 1) * height) - image * height;
        let (top, input_rows) = (first * stride, (last - first - 1) * stride + reach);
        Piece { image, rows: first..last, top, input_rows }
    })
}

/// Appends the blocks of one piece whose first window is at `at`.
pub(super) fn blocks(
    shape: &ConvShape,
    layout: &Layout,
    piece: &Piece,
    at: *const u8,
    to: &mut Vec<WindowBlock>,
) {
    let [height, width] = shape.out_size;
    let pixel_bytes = shape.in_channels * size_of::<bf16>();
    let row_bytes = padded_width(shape) * pixel_bytes * shape.geometry.stride[0];
    let mut tiles = Vec::with_capacity(piece.rows.len() * width.div_ceil(layout.tile));
    for first in piece.rows.clone().step_by(layout.tile_rows) {
        let at = at.wrapping_add((first - piece.rows.start) * row_bytes);
        let pixel = (piece.image * height + first) * width;
        if layout.tile_rows > 1 {
            let rows = layout.tile_rows.min(piece.rows.end - first);
            tiles.push((at, rows * width + (rows - 1) * layout.gap, pixel, rows * width));
            continue;
        }
        for x in (0..width).step_by(layout.tile) {
            let count = layout.tile.min(width - x);
            let at = at.wrapping_add(x * shape.geometry.stride[1] * pixel_bytes);
            tiles.push((at, count, pixel + x, count));
        }
    }
    to.extend(tiles.chunks(2).map(|pair| {
        let (first, second) = (pair[0], pair.get(1).copied().unwrap_or((std::ptr::null(), 0, 0, 0)));
        WindowBlock {
            at: [first.0, second.0],
            rows: [first.1, second.1],
            pixel: first.2,
            pixels: first.3 + second.3,
        }
    }));
}

/// Appends blocks of consecutive rows, `stride` bytes apart within a block and blocks `pitch` bytes apart.
pub(super) fn even_blocks(
    layout: &Layout,
    pixels: Range<usize>,
    at: *const u8,
    stride: usize,
    pitch: usize,
    to: &mut Vec<WindowBlock>,
) {
    for (index, pixel) in pixels.clone().step_by(2 * layout.tile).enumerate() {
        let count = (2 * layout.tile).min(pixels.end - pixel);
        let rows = [count.min(layout.tile), count.saturating_sub(layout.tile)];
        let at = at.wrapping_add(index * pitch);
        to.push(WindowBlock { at: [at, at.wrapping_add(layout.tile * stride)], rows, pixel, pixels: count });
    }
}

/// Copies the input rows of a piece with their padding; `to` holds `input_rows` padded rows.
pub(super) fn pad(shape: &ConvShape, piece: &Piece, input: &[bf16], to: &mut [bf16]) {
    let channels = shape.in_channels;
    let [height, width] = shape.in_size;
    let sides =
        [shape.geometry.padding[1].before, shape.geometry.padding[1].after].map(|zeros| zeros * channels);
    let row_len = padded_width(shape) * channels;
    for (row, to) in to.chunks_exact_mut(row_len).take(piece.input_rows).enumerate() {
        let y = (piece.top + row).wrapping_sub(shape.geometry.padding[0].before);
        if y >= height {
            to.fill(bf16::ZERO);
            continue;
        }
        let from = (piece.image * height + y) * width * channels;
        to[..sides[0]].fill(bf16::ZERO);
        to[sides[0]..row_len - sides[1]].copy_from_slice(&input[from..from + width * channels]);
        to[row_len - sides[1]..].fill(bf16::ZERO);
    }
}

/// Elements needed for the padded inputs of a chunk of `pixels` output pixels, and for reads beyond their
/// end.
pub(super) fn padded_len(shape: &ConvShape, pixels: usize) -> usize {
    let rows = pixels / shape.out_size[1];
    let reach = shape.geometry.dilation[0] * (shape.kernel[0] - 1) + 1;
    let pieces = rows.div_ceil(shape.out_size[0]) + 1;
    let input_rows = rows * shape.geometry.stride[0] + pieces * reach;
    input_rows * padded_width(shape) * shape.in_channels + 2 * STEP
}

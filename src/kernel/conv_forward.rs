//! Convolution, forwards: one matrix product per tile of output rows.

use rayon::prelude::*;

use super::error::check_length;
use super::im2col::im2col;
use super::scratch::with_scratch;
use super::{ConvShape, KernelError, Mat, MatMut, matmul};

/// Elements of a tile's matrix of windows: half a megabyte, which stays in a core's second-level cache.
const TILE: usize = 128 * 1024;

/// `output = weight * input`: cross-correlation, as torch's `conv2d` without bias.
///
/// # Errors
/// A buffer whose length is not the one `shape` asks for.
pub fn conv2d_forward(
    shape: &ConvShape,
    input: &[f32],
    weight: &[f32],
    output: &mut [f32],
) -> Result<(), KernelError> {
    check_length("the input", input.len(), shape.input_len())?;
    check_length("the weight", weight.len(), shape.weight_len())?;
    check_length("the output", output.len(), shape.output_len())?;
    let (pixels, depth) = (shape.out_pixels(), shape.depth());
    let tile_rows = tile_rows(shape);
    let mut tiles = Vec::new();
    let images = output.chunks_exact_mut(shape.group_out() * pixels);
    for (index, image) in images.enumerate() {
        let view = MatMut::new(image, shape.group_out(), pixels, pixels)?;
        let parts = view.split_columns(tile_rows * shape.out_size[1]);
        tiles.extend(parts.into_iter().enumerate().map(|(tile, part)| (index, tile * tile_rows, part)));
    }
    tiles.into_par_iter().try_for_each(|(index, first_row, mut out)| {
        let weights = &weight[index % shape.groups() * shape.group_out() * depth..];
        let weights = Mat::new(weights, shape.group_out(), depth, depth)?;
        let planes = shape.group_in() * shape.in_pixels();
        let planes = &input[index * planes..][..planes];
        let rows = first_row..(first_row + tile_rows).min(shape.out_size[0]);
        let start = rows.start * shape.out_size[1];
        let width = rows.len() * shape.out_size[1];
        if shape.is_pointwise() {
            return matmul(&mut out, weights, Mat::new(&planes[start..], depth, width, pixels)?, false);
        }
        with_scratch(depth * width, |columns| {
            im2col(shape, planes, rows, columns);
            matmul(&mut out, weights, Mat::new(columns, depth, width, width)?, false)
        })
    })
}

/// Output rows per tile: a function of the shape alone, so that results do not depend on the threads.
pub(super) fn tile_rows(shape: &ConvShape) -> usize {
    let row = shape.depth() * shape.out_size[1];
    (TILE / row).clamp(1, shape.out_size[0])
}

//! Convolution, backwards: the gradient with respect to the weights.

use std::ops::Range;

use rayon::prelude::*;

use super::conv_forward::tile_rows;
use super::error::check_length;
use super::im2col::im2col;
use super::scratch::with_scratch;
use super::{ConvShape, KernelError, Mat, MatMut, matmul};

/// Up to this many weights, tasks are chunks of images with a buffer each; above, blocks of input channels.
const FEW_WEIGHTS: usize = 64 * 1024;
/// Operations worth a chunk of images.
const CHUNK_FLOPS: usize = 32_000_000;
/// Blocks of input channels, unless they would become too thin.
const BLOCKS: usize = 8;
/// Rows of the matrix of windows in the thinnest and in the thickest block.
const BLOCK_ROWS: [usize; 2] = [64, 576];

/// Gradient with respect to the weights: the output gradient times the transposed matrix of windows.
///
/// It is added to `weight_gradient`.
///
/// # Errors
/// A buffer whose length is not the one `shape` asks for.
pub fn conv2d_backward_weights(
    shape: &ConvShape,
    input: &[f32],
    output_gradient: &[f32],
    weight_gradient: &mut [f32],
) -> Result<(), KernelError> {
    check_length("the input", input.len(), shape.input_len())?;
    check_length("the output gradient", output_gradient.len(), shape.output_len())?;
    check_length("the weight gradient", weight_gradient.len(), shape.weight_len())?;
    if shape.weight_len() <= FEW_WEIGHTS {
        by_images(shape, input, output_gradient, weight_gradient)
    } else {
        by_channels(shape, input, output_gradient, weight_gradient)
    }
}

/// A task per chunk of images and group; the chunks' buffers are added in order.
fn by_images(
    shape: &ConvShape,
    input: &[f32],
    output_gradient: &[f32],
    weight_gradient: &mut [f32],
) -> Result<(), KernelError> {
    let (depth, filters) = (shape.depth(), shape.group_out());
    let chunk = (CHUNK_FLOPS * shape.batch / shape.flops()).clamp(1, shape.batch);
    let chunks = shape.batch.div_ceil(chunk);
    // Transposed, `[depth, filters]` per group: few filters make a fast product that way round.
    let mut partial = vec![0.0; chunks * shape.weight_len()];
    partial.par_chunks_exact_mut(depth * filters).enumerate().try_for_each(|(index, buffer)| {
        let (chunk_index, group) = (index / shape.groups(), index % shape.groups());
        let mut out = MatMut::new(buffer, depth, filters, filters)?;
        let images = chunk_index * chunk..((chunk_index + 1) * chunk).min(shape.batch);
        let channels = 0..shape.group_in();
        for_each_tile(shape, input, output_gradient, group, images, channels, |windows, gradient| {
            matmul(&mut out, windows, gradient.transposed(), true)
        })
    })?;
    for part in partial.chunks_exact(shape.weight_len()) {
        let groups =
            weight_gradient.chunks_exact_mut(filters * depth).zip(part.chunks_exact(filters * depth));
        for (sums, part) in groups {
            for (filter, sums) in sums.chunks_exact_mut(depth).enumerate() {
                let part = part[filter..].iter().step_by(filters);
                sums.iter_mut().zip(part).for_each(|(sum, part)| *sum += *part);
            }
        }
    }
    Ok(())
}

/// A task per block of input channels and group, going through all images in order.
fn by_channels(
    shape: &ConvShape,
    input: &[f32],
    output_gradient: &[f32],
    weight_gradient: &mut [f32],
) -> Result<(), KernelError> {
    let (depth, taps) = (shape.depth(), shape.taps());
    let [thinnest, thickest] = BLOCK_ROWS.map(|rows| (rows / taps).max(1));
    let block = shape.group_in().div_ceil(BLOCKS).clamp(thinnest, thickest).min(shape.group_in());
    let mut tasks = Vec::new();
    for (group, weights) in weight_gradient.chunks_exact_mut(shape.group_out() * depth).enumerate() {
        let blocks = MatMut::new(weights, shape.group_out(), depth, depth)?.split_columns(block * taps);
        let channels = |part: usize| part * block..((part + 1) * block).min(shape.group_in());
        tasks.extend(blocks.into_iter().enumerate().map(|(part, out)| (group, channels(part), out)));
    }
    tasks.into_par_iter().try_for_each(|(group, channels, mut out)| {
        let images = 0..shape.batch;
        for_each_tile(shape, input, output_gradient, group, images, channels, |windows, gradient| {
            matmul(&mut out, gradient, windows.transposed(), true)
        })
    })
}

/// Visits every tile's windows `[channels * taps, width]` and output gradient `[filters, width]`, in order.
fn for_each_tile(
    shape: &ConvShape,
    input: &[f32],
    output_gradient: &[f32],
    group: usize,
    images: Range<usize>,
    channels: Range<usize>,
    mut visit: impl FnMut(Mat<'_>, Mat<'_>) -> Result<(), KernelError>,
) -> Result<(), KernelError> {
    let (pixels, filters) = (shape.out_pixels(), shape.group_out());
    let height = channels.len() * shape.taps();
    let tile_rows = tile_rows(shape);
    for image in images {
        let index = image * shape.groups() + group;
        let first = (index * shape.group_in() + channels.start) * shape.in_pixels();
        let planes = &input[first..][..channels.len() * shape.in_pixels()];
        let gradient = &output_gradient[index * filters * pixels..];
        if shape.is_pointwise() {
            let windows = Mat::new(planes, height, pixels, pixels)?;
            visit(windows, Mat::new(gradient, filters, pixels, pixels)?)?;
            continue;
        }
        for first_row in (0..shape.out_size[0]).step_by(tile_rows) {
            let rows = first_row..(first_row + tile_rows).min(shape.out_size[0]);
            let width = rows.len() * shape.out_size[1];
            let gradient = Mat::new(&gradient[rows.start * shape.out_size[1]..], filters, width, pixels)?;
            with_scratch(height * width, |columns| {
                im2col(shape, planes, rows, columns);
                visit(Mat::new(columns, height, width, width)?, gradient)
            })?;
        }
    }
    Ok(())
}

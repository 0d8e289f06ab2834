//! Convolution, backwards: gradients with respect to the input and to the weights.

use rayon::prelude::*;

use super::conv_forward::tile_rows;
use super::error::check_length;
use super::im2col::{col2im, im2col};
use super::scratch::with_scratch;
use super::{ConvShape, KernelError, Mat, MatMut, matmul};

/// Rows of the matrix of windows that one task computes: input channels times window elements.
const BLOCK: usize = 576;
/// Weights up to this many get a buffer per chunk of images; more are split by input channels alone.
const SMALL_WEIGHT: usize = 64 * 1024;
/// Images per chunk.
const CHUNK: usize = 4;

/// Gradient with respect to the input: the transposed weights times the output gradient, folded back.
///
/// `input_gradient` is overwritten.
///
/// # Errors
/// A buffer whose length is not the one `shape` asks for.
pub fn conv2d_backward_data(
    shape: &ConvShape,
    weight: &[f32],
    output_gradient: &[f32],
    input_gradient: &mut [f32],
) -> Result<(), KernelError> {
    check_length("the weight", weight.len(), shape.weight_len())?;
    check_length("the output gradient", output_gradient.len(), shape.output_len())?;
    check_length("the input gradient", input_gradient.len(), shape.input_len())?;
    let (pixels, depth, taps) = (shape.out_pixels(), shape.depth(), shape.taps());
    let block = channel_block(shape);
    let tile_rows = tile_rows(shape);
    let blocks: Vec<(usize, usize, &mut [f32])> = input_gradient
        .chunks_exact_mut(shape.group_in() * shape.in_pixels())
        .enumerate()
        .flat_map(|(index, image)| {
            let parts = image.chunks_mut(block * shape.in_pixels()).enumerate();
            parts.map(move |(part, planes)| (index, part * block, planes))
        })
        .collect();
    blocks.into_par_iter().try_for_each(|(index, first_channel, planes)| {
        let height = planes.len() / shape.in_pixels() * taps;
        let weights = &weight[index % shape.groups() * shape.group_out() * depth + first_channel * taps..];
        let weights = Mat::new(weights, shape.group_out(), height, depth)?.transposed();
        let gradient = &output_gradient[index * shape.group_out() * pixels..];
        if shape.is_pointwise() {
            let mut out = MatMut::new(planes, height, pixels, pixels)?;
            return matmul(&mut out, weights, Mat::new(gradient, shape.group_out(), pixels, pixels)?, false);
        }
        planes.fill(0.0);
        for first_row in (0..shape.out_size[0]).step_by(tile_rows) {
            let rows = first_row..(first_row + tile_rows).min(shape.out_size[0]);
            let start = rows.start * shape.out_size[1];
            let width = rows.len() * shape.out_size[1];
            let gradient = Mat::new(&gradient[start..], shape.group_out(), width, pixels)?;
            with_scratch(height * width, |columns| {
                matmul(&mut MatMut::new(columns, height, width, width)?, weights, gradient, false)?;
                col2im(shape, columns, rows, planes);
                Ok(())
            })?;
        }
        Ok(())
    })
}

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
    let chunk = if shape.weight_len() <= SMALL_WEIGHT { CHUNK } else { shape.batch };
    let chunks: Vec<_> = (0..shape.batch).step_by(chunk).map(|i| i..(i + chunk).min(shape.batch)).collect();
    if let [images] = &chunks[..] {
        let tasks = weight_tasks(shape, weight_gradient)?;
        return tasks
            .into_par_iter()
            .try_for_each(|task| task.run(shape, images.clone(), input, output_gradient));
    }
    let mut partial = vec![0.0; chunks.len() * shape.weight_len()];
    let mut tasks = Vec::new();
    for (images, buffer) in chunks.into_iter().zip(partial.chunks_exact_mut(shape.weight_len())) {
        tasks.extend(weight_tasks(shape, buffer)?.into_iter().map(|task| (images.clone(), task)));
    }
    tasks.into_par_iter().try_for_each(|(images, task)| task.run(shape, images, input, output_gradient))?;
    for buffer in partial.chunks_exact(shape.weight_len()) {
        weight_gradient.iter_mut().zip(buffer).for_each(|(sum, part)| *sum += *part);
    }
    Ok(())
}

/// The weights of one group that look at one block of input channels.
struct WeightTask<'a> {
    group: usize,
    first_channel: usize,
    channels: usize,
    out: MatMut<'a>,
}

fn weight_tasks<'a>(shape: &ConvShape, buffer: &'a mut [f32]) -> Result<Vec<WeightTask<'a>>, KernelError> {
    let depth = shape.depth();
    let block = channel_block(shape);
    let mut tasks = Vec::new();
    for (group, weights) in buffer.chunks_exact_mut(shape.group_out() * depth).enumerate() {
        let view = MatMut::new(weights, shape.group_out(), depth, depth)?;
        for (index, out) in view.split_columns(block * shape.taps()).into_iter().enumerate() {
            let first_channel = index * block;
            let channels = block.min(shape.group_in() - first_channel);
            tasks.push(WeightTask { group, first_channel, channels, out });
        }
    }
    Ok(tasks)
}

impl WeightTask<'_> {
    /// Adds the contributions of `images`, in order.
    fn run(
        mut self,
        shape: &ConvShape,
        images: std::ops::Range<usize>,
        input: &[f32],
        output_gradient: &[f32],
    ) -> Result<(), KernelError> {
        let pixels = shape.out_pixels();
        let height = self.channels * shape.taps();
        let tile_rows = tile_rows(shape);
        for image in images {
            let index = image * shape.groups() + self.group;
            let first = (index * shape.group_in() + self.first_channel) * shape.in_pixels();
            let planes = &input[first..][..self.channels * shape.in_pixels()];
            let gradient = &output_gradient[index * shape.group_out() * pixels..];
            if shape.is_pointwise() {
                let gradient = Mat::new(gradient, shape.group_out(), pixels, pixels)?;
                let windows = Mat::new(planes, height, pixels, pixels)?.transposed();
                matmul(&mut self.out, gradient, windows, true)?;
                continue;
            }
            for first_row in (0..shape.out_size[0]).step_by(tile_rows) {
                let rows = first_row..(first_row + tile_rows).min(shape.out_size[0]);
                let start = rows.start * shape.out_size[1];
                let width = rows.len() * shape.out_size[1];
                let gradient = Mat::new(&gradient[start..], shape.group_out(), width, pixels)?;
                with_scratch(height * width, |columns| {
                    im2col(shape, planes, rows, columns);
                    let windows = Mat::new(columns, height, width, width)?.transposed();
                    matmul(&mut self.out, gradient, windows, true)
                })?;
            }
        }
        Ok(())
    }
}

/// Input channels per task: a function of the shape alone.
fn channel_block(shape: &ConvShape) -> usize {
    (BLOCK / shape.taps()).clamp(1, shape.group_in())
}

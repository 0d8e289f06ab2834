//! Convolution, backwards: the gradient with respect to the input.

use rayon::prelude::*;

use super::conv_forward::tile_rows;
use super::error::check_length;
use super::im2col::col2im;
use super::scratch::with_scratch;
use super::{ConvShape, KernelError, Mat, MatMut, matmul};

/// Rows of the matrix of windows that one task computes: input channels times window elements.
const BLOCK: usize = 576;
/// Columns worth one product: small images are taken together until they have as many, because a product with
/// few columns spends its time on reading the weights.
const COLUMNS: usize = 384;

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
    tasks(shape, input_gradient).into_par_iter().try_for_each(|mut task| {
        let height = task.planes[0].len() / shape.in_pixels() * shape.taps();
        let first = task.group * shape.group_out() * shape.depth() + task.first_channel * shape.taps();
        let weights = Mat::new(&weight[first..], shape.group_out(), height, shape.depth())?.transposed();
        match &mut task.planes[..] {
            [planes] => {
                let gradient = group_gradient(shape, output_gradient, task.first_image, task.group);
                one_image(shape, weights, height, gradient, planes)
            }
            images => {
                let gradients = (task.first_image..)
                    .map(|image| group_gradient(shape, output_gradient, image, task.group));
                several_images(shape, weights, height, gradients, images)
            }
        }
    })
}

/// A block of input channels of one group, in one image or in several small ones.
struct Task<'a> {
    first_image: usize,
    group: usize,
    first_channel: usize,
    /// The block's part of the input gradient, one slice per image.
    planes: Vec<&'a mut [f32]>,
}

/// Tasks in a division that depends on the shape alone.
fn tasks<'a>(shape: &ConvShape, input_gradient: &'a mut [f32]) -> Vec<Task<'a>> {
    let block = (BLOCK / shape.taps()).clamp(1, shape.group_in());
    let together = (COLUMNS / shape.out_pixels()).max(1);
    let mut tasks: Vec<Task<'a>> = Vec::new();
    let blocks = shape.group_in().div_ceil(block);
    let per_images = blocks * shape.groups();
    for (index, image) in input_gradient.chunks_exact_mut(shape.group_in() * shape.in_pixels()).enumerate() {
        let (image_index, group) = (index / shape.groups(), index % shape.groups());
        for (part, planes) in image.chunks_mut(block * shape.in_pixels()).enumerate() {
            let at = image_index / together * per_images + group * blocks + part;
            match tasks.get_mut(at) {
                Some(task) => task.planes.push(planes),
                None => tasks.push(Task {
                    first_image: image_index,
                    group,
                    first_channel: part * block,
                    planes: vec![planes],
                }),
            }
        }
    }
    tasks
}

/// The output gradient of one group in one image.
fn group_gradient<'a>(shape: &ConvShape, gradient: &'a [f32], image: usize, group: usize) -> &'a [f32] {
    let len = shape.group_out() * shape.out_pixels();
    &gradient[(image * shape.groups() + group) * len..][..len]
}

/// Tile by tile, so that the products stay in the cache until they are folded back.
fn one_image(
    shape: &ConvShape,
    weights: Mat<'_>,
    height: usize,
    gradient: &[f32],
    planes: &mut [f32],
) -> Result<(), KernelError> {
    let pixels = shape.out_pixels();
    if shape.is_pointwise() {
        let gradient = Mat::new(gradient, shape.group_out(), pixels, pixels)?;
        return matmul(&mut MatMut::new(planes, height, pixels, pixels)?, weights, gradient, false);
    }
    planes.fill(0.0);
    let tile_rows = tile_rows(shape);
    for first_row in (0..shape.out_size[0]).step_by(tile_rows) {
        let rows = first_row..(first_row + tile_rows).min(shape.out_size[0]);
        let width = rows.len() * shape.out_size[1];
        let gradient = &gradient[rows.start * shape.out_size[1]..];
        let gradient = Mat::new(gradient, shape.group_out(), width, pixels)?;
        with_scratch(height * width, |columns| {
            matmul(&mut MatMut::new(columns, height, width, width)?, weights, gradient, false)?;
            col2im(shape, columns, width, rows, planes);
            Ok(())
        })?;
    }
    Ok(())
}

/// Side by side in one product.
fn several_images<'a>(
    shape: &ConvShape,
    weights: Mat<'_>,
    height: usize,
    gradients: impl Iterator<Item = &'a [f32]>,
    images: &mut [&mut [f32]],
) -> Result<(), KernelError> {
    let pixels = shape.out_pixels();
    let width = images.len() * pixels;
    with_scratch((shape.group_out() + height) * width, |scratch| {
        let (gathered, columns) = scratch.split_at_mut(shape.group_out() * width);
        for (index, gradient) in gradients.take(images.len()).enumerate() {
            for (row, source) in gathered.chunks_exact_mut(width).zip(gradient.chunks_exact(pixels)) {
                row[index * pixels..][..pixels].copy_from_slice(source);
            }
        }
        let gathered = Mat::new(gathered, shape.group_out(), width, width)?;
        matmul(&mut MatMut::new(columns, height, width, width)?, weights, gathered, false)?;
        for (index, planes) in images.iter_mut().enumerate() {
            let columns = &mut columns[index * pixels..];
            if shape.is_pointwise() {
                for (plane, row) in planes.chunks_exact_mut(pixels).zip(columns.chunks(width)) {
                    plane.copy_from_slice(&row[..pixels]);
                }
            } else {
                planes.fill(0.0);
                col2im(shape, columns, width, 0..shape.out_size[0], planes);
            }
        }
        Ok(())
    })
}

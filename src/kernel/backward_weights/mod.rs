//! Gradient of a convolution with respect to its weights.

mod pack;
mod plan;
mod region;
mod task;

use rayon::prelude::*;

use super::depthwise;
use super::error::check_length;
use super::{ConvShape, Isa, KernelError, recycle};
use plan::WeightBlocking;
use task::WeightTask;

/// Computes the gradient with respect to the weights, `[out, in / groups, kernel height, kernel width]`.
///
/// It overwrites `weight_gradient`, or is added to it with `accumulate`.
///
/// # Errors
/// A buffer whose length does not match `shape`.
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
    if depthwise::suits(shape) {
        if !accumulate {
            weight_gradient.fill(0.0);
        }
        depthwise::backward_weights(shape, input, output_gradient, weight_gradient);
        return Ok(());
    }
    let plan = WeightBlocking::new(Isa::current(), shape);
    let sums: Vec<Vec<f32>> = (0..plan.tasks(shape))
        .into_par_iter()
        .map(|index| {
            let place = plan.place(index);
            let mut sums = recycle::take(plan.sums(place.filters.len(), place.columns.len()));
            sums.fill(0.0);
            WeightTask { shape, plan: &plan, input, gradient: output_gradient, place }.run(&mut sums);
            sums
        })
        .collect();
    let filters = weight_gradient.par_chunks_mut(shape.depth()).with_min_len(8).enumerate();
    filters.for_each_init(Vec::new, |row, (filter, weights)| {
        collect(shape, &plan, &sums, filter, row);
        unfold(shape, &plan, row, accumulate, weights);
    });
    sums.into_iter().for_each(recycle::give);
    Ok(())
}

/// One filter's sums: for every block of columns the sums of the pixel chunks, added in their order.
fn collect(shape: &ConvShape, plan: &WeightBlocking, sums: &[Vec<f32>], filter: usize, row: &mut Vec<f32>) {
    let (group, filter) = (filter / shape.group_out(), filter % shape.group_out());
    let (block, filter) = (filter / plan.filters.size, filter % plan.filters.size);
    row.clear();
    for columns in 0..plan.columns.count {
        let first = plan.index(group, block, columns, 0);
        let filters = plan.place(first).filters.len();
        let (whole, others) = (&sums[first], &sums[first + 1..first + plan.pixels.count]);
        let start = row.len();
        plan.rows_of(filter, filters, whole).for_each(|panel| row.extend_from_slice(panel));
        for chunk in others {
            let panels = row[start..].chunks_exact_mut(plan.width).zip(plan.rows_of(filter, filters, chunk));
            panels.for_each(|(sums, more)| sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more));
        }
    }
}

/// Writes one filter's sums in the order of weights, `(channel, tap)`.
fn unfold(shape: &ConvShape, plan: &WeightBlocking, row: &[f32], accumulate: bool, weights: &mut [f32]) {
    let (taps, channels) = (shape.taps(), shape.group_in());
    let put = |weight: &mut f32, sum: f32| *weight = if accumulate { *weight + sum } else { sum };
    if plan.gathered {
        // Columns are the window's elements, `(tap, channel)`.
        for (at, weight) in weights.iter_mut().enumerate() {
            put(weight, row[at % taps * channels + at / taps]);
        }
        return;
    }
    let mut row = row;
    let mut weights = weights;
    for columns in 0..plan.columns.count {
        let columns = plan.place(plan.index(0, 0, columns, 0)).columns.len();
        // Every tap has its own panels.
        let stride = columns.next_multiple_of(plan.width);
        let (sums, others) = row.split_at(plan.taps * stride);
        let (block, behind) = weights.split_at_mut(columns * taps);
        match taps {
            1 => block.iter_mut().zip(sums).for_each(|(weight, sum)| put(weight, *sum)),
            _ => {
                for (column, weights) in block.chunks_exact_mut(taps).enumerate() {
                    let sums = sums[column..].iter().step_by(stride);
                    weights.iter_mut().zip(sums).for_each(|(weight, sum)| put(weight, *sum));
                }
            }
        }
        (row, weights) = (others, behind);
    }
}

//! Convolution, backwards: the gradient with respect to the weights.

mod pack;
mod plan;
mod region;
mod task;

use rayon::prelude::*;

use super::error::check_length;
use super::{ConvShape, Isa, KernelError, recycle};
use plan::Plan;
use task::Task;

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
    let plan = Plan::new(Isa::current(), shape);
    let sums: Vec<Vec<f32>> = (0..plan.tasks(shape))
        .into_par_iter()
        .map(|index| {
            let place = plan.place(index);
            let mut sums = recycle::take(plan.sums(place.filters.len(), place.columns.len()));
            sums.fill(0.0);
            Task { shape, plan: &plan, input, gradient: output_gradient, place }.run(&mut sums);
            sums
        })
        .collect();
    let filters = weight_gradient.par_chunks_mut(shape.depth()).with_min_len(8).enumerate();
    filters.for_each(|(filter, weights)| collect(shape, &plan, &sums, filter, accumulate, weights));
    sums.into_iter().for_each(recycle::give);
    Ok(())
}

/// One filter's gradient: what every chunk of pixels came to, added in their order.
fn collect(
    shape: &ConvShape,
    plan: &Plan,
    sums: &[Vec<f32>],
    filter: usize,
    accumulate: bool,
    weights: &mut [f32],
) {
    let (group, filter) = (filter / shape.group_out(), filter % shape.group_out());
    let (block, filter) = (filter / plan.filters.size, filter % plan.filters.size);
    let (taps, channels, width) = (shape.taps(), shape.group_in(), plan.width);
    for columns in 0..plan.columns.count {
        let first = plan.index(group, block, columns, 0);
        let place = plan.place(first);
        let panels = place.columns.len().div_ceil(width);
        for (chunk, sums) in sums[first..first + plan.pixels.count].iter().enumerate() {
            let add = accumulate || chunk > 0;
            for (panel, from) in plan.rows_of(filter, place.filters.len(), sums).enumerate() {
                // The column of the sums: channels of a tap, or taps and channels in the order of windows.
                let (tap, column) = (panel / panels, place.columns.start + panel % panels * width);
                let used = width.min(place.columns.end - column);
                let mut put = |at: usize, sum: f32| match add {
                    true => weights[at] += sum,
                    false => weights[at] = sum,
                };
                for (column, sum) in (column..).zip(&from[..used]) {
                    match plan.gathered {
                        true => put(column % channels * taps + column / channels, *sum),
                        false => put(column * taps + tap, *sum),
                    }
                }
            }
        }
    }
}

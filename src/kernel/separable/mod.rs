//! A depthwise convolution together with the convolution before and the pointwise one after it (MobileNetV1's separable
//! convolution, MobileNetV2's inverted residual): what lies between them stays in the cache, a few rows at a time.
//!
//! Every sum has the order that it has in [`super::conv2d_forward`], so the results are the same bits.

mod dense;
mod task;

use super::conv_filter::Filter;
use super::depthwise::{self, DepthwiseFilter};
use super::elementwise::Elementwise;
use super::error::check_length;
use super::f32::tile::panel_width;
use super::raw::Shared;
use super::team::spread;
use super::{ConvShape, KernelError, OutputRange, Residual};
use dense::DenseConv;
use task::{BandSize, SeparableTask};

/// One convolution of a block.
#[derive(Clone, Copy, Debug)]
pub struct SeparablePart<'a> {
    /// Its sizes.
    pub shape: ConvShape,
    /// Its weights, packed for that shape.
    pub filter: &'a Filter,
    /// One number per output channel.
    pub bias: &'a [f32],
    /// Range of the outputs.
    pub range: OutputRange,
    /// Function of the limited outputs.
    pub finish: Option<&'a dyn Elementwise>,
}

/// Least numbers between the convolutions of all images: fewer stay in the cache anyway.
const LEAST: usize = 1 << 17;
/// Most weights of the convolutions before and after, which are read again for every few rows: a core's L2 cache.
const WEIGHTS: usize = 1 << 17;

/// The places of the convolutions in a block: `[before, depthwise, after]`, as indices of their shapes.
fn places(shapes: &[ConvShape]) -> Option<[Option<usize>; 3]> {
    let depthwise: Vec<bool> = shapes.iter().map(depthwise::suits).collect();
    let places = match depthwise[..] {
        [true, false] => [None, Some(0), Some(1)],
        [false, true] => [Some(0), Some(1), None],
        [false, true, false] => [Some(0), Some(1), Some(2)],
        _ => return None,
    };
    let dense = |at: usize| shapes[at].groups() == 1;
    let after = |at: usize| dense(at) && shapes[at].is_pointwise();
    let fits = places[0].is_none_or(dense) && places[2].is_none_or(after);
    let chained = shapes.windows(2).all(|pair| pair[0].output() == pair[1].input());
    (fits && chained).then_some(places)
}

/// True if these convolutions, each of which reads the result of the one before, can be computed by [`separable_forward`], and
/// that is faster than one after the other.
pub fn separable_pays(convs: &[(ConvShape, &Filter)]) -> bool {
    let shapes: Vec<ConvShape> = convs.iter().map(|(shape, _)| *shape).collect();
    let Some([before, Some(depthwise), _]) = places(&shapes) else { return false };
    let packed =
        |(shape, filter): &(ConvShape, &Filter)| depthwise::suits(shape) || filter.direct().is_some();
    let inner = &shapes[depthwise];
    let heavy = |shape: &ConvShape| !depthwise::suits(shape) && shape.weight_len() > WEIGHTS;
    let between = if before.is_some() { inner.input_len() } else { inner.output_len() };
    // Each further part of an image computes the rows again that its windows share with the part above.
    let shared = (parts(inner) - 1) * inner.window(0).overlap();
    let again = before.is_some() && 6 * shared > inner.in_size[0];
    convs.iter().all(packed) && between >= LEAST && !shapes.iter().any(heavy) && !again
}

/// Parts of an image that are tasks of their own.
fn parts(inner: &ConvShape) -> usize {
    rayon::current_num_threads().div_ceil(inner.batch).min(inner.out_size[0])
}

/// Computes convolutions, each of the result of the one before: a depthwise one, with one of all channels before it, a pointwise
/// one after it, or both. The residual is added to the last one's result before that is limited to its range.
///
/// # Errors
/// Other convolutions, or a buffer whose length does not match the shapes.
pub fn separable_forward(
    parts: &[SeparablePart<'_>],
    input: &[f32],
    residual: Residual<'_, f32>,
    output: &mut [f32],
) -> Result<(), KernelError> {
    let shapes: Vec<ConvShape> = parts.iter().map(|part| part.shape).collect();
    let ([first, .., last], Some(found)) = (&shapes[..], places(&shapes)) else {
        return Err(KernelError::NotSeparable);
    };
    check_length("the input", input.len(), first.input_len())?;
    check_length("the output", output.len(), last.output_len())?;
    for part in parts {
        check_length("the bias", part.bias.len(), part.shape.out_channels)?;
        check_length("the weight", part.filter.weight_len(), part.shape.weight_len())?;
    }
    if let Residual::Of(residual) = residual {
        check_length("the residual", residual.len(), last.output_len())?;
    }
    let part = |place: usize| found[place].map(|at| &parts[at]);
    let pointwise =
        |place: usize| part(place).map(|part| DenseConv::of(part).ok_or(KernelError::NotSeparable));
    let (before, after) = (pointwise(0).transpose()?, pointwise(2).transpose()?);
    let inner = part(1).and_then(|part| Some((part, part.filter.depthwise()?)));
    let Some((part, filter)) = inner else { return Err(KernelError::NotSeparable) };
    let isa = filter.isa;
    if [&before, &after].into_iter().flatten().any(|dense| dense.panels.isa != isa) {
        return Err(KernelError::NotSeparable);
    }
    let shape = &part.shape;
    let band = BandSize::of(shape, panel_width(isa), before.is_some(), after.is_some());
    let out = Shared::new(output);
    let (count, rows) = (self::parts(shape), shape.out_size[0]);
    spread(shape.batch * count, &|task| {
        let (image, part_of_image) = (task / count, task % count);
        let task = SeparableTask {
            inner: part,
            filter,
            before: before.as_ref(),
            after: after.as_ref(),
            band: &band,
            image,
            rows: part_of_image * rows / count..(part_of_image + 1) * rows / count,
            input,
            residual,
            out: &out,
        };
        // SAFETY: every task writes other rows of the output.
        unsafe { task.run() }
    });
    Ok(())
}

#[cfg(test)]
mod tests;

//! Convolutions of groups of channels: in `f32`, on numbers that are rounded to bf16, and rounded again.

use half::bf16;

use super::conv::Bf16Epilogue;
use super::round::{round, round_to_bf16, widen, widen_bf16};
use crate::depthwise::{DepthwiseFilter, WindowRow, tap_rows};
use crate::scratch::with_scratch;
use crate::team::spread_chunks;
use crate::{ConvShape, Epilogue, Filter, KernelError, Residual, conv2d_forward};

/// Numbers of the output per task of a depthwise convolution, about: with its input, they stay in a core's L2 cache.
const TASK: usize = 1 << 14;

/// Convolution of an `[n, h, w, c]` input with `f32` filters, whose weights should be bf16 numbers: sums in `f32`, every result
/// rounded once. Runs on any machine.
///
/// # Errors
/// A buffer whose length does not match `shape`.
pub fn conv2d_grouped_bf16(
    shape: &ConvShape,
    filter: &Filter,
    input: &[bf16],
    epilogue: &Bf16Epilogue<'_>,
    output: &mut [bf16],
) -> Result<(), KernelError> {
    filter.check_operands(shape, input.len(), epilogue.bias, output.len())?;
    if let (Some(filter), Residual::None) = (filter.depthwise(), epilogue.residual) {
        depthwise(shape, filter, input, epilogue, output);
        return Ok(());
    }
    let wide = |from: &[bf16]| {
        let mut to = vec![0.0; from.len()];
        widen_bf16(from, &mut to).map(|()| to)
    };
    let residual = match epilogue.residual {
        Residual::None => None,
        Residual::Of(residual) => Some(wide(residual)?),
        Residual::InPlace => Some(wide(output)?),
    };
    let residual = residual.as_deref().map_or(Residual::None, Residual::Of);
    let mut sums = vec![0.0; output.len()];
    let epilogue = Epilogue { bias: epilogue.bias, residual, range: epilogue.range, finish: None };
    conv2d_forward(shape, &wide(input)?, filter, &epilogue, &mut sums)?;
    round_to_bf16(&sums, output)
}

/// A depthwise convolution, some rows at a time; lengths were checked.
fn depthwise(
    shape: &ConvShape,
    filter: &DepthwiseFilter,
    input: &[bf16],
    epilogue: &Bf16Epilogue<'_>,
    output: &mut [bf16],
) {
    let (channels, [height, width]) = (shape.in_channels, shape.in_size);
    let (down, [rows, columns]) = (shape.window(0), shape.out_size);
    let (line, made) = (width * channels, columns * channels);
    let each = (TASK / made).clamp(1, rows);
    spread_chunks(output, each * made, &|task, output: &mut [bf16]| {
        let mut taps = Vec::with_capacity(shape.kernel[0]);
        // Rows of the input, each in its place in a ring.
        let ring = (each - 1) * down.stride + down.reach();
        with_scratch(ring * line + made, |scratch| {
            let (held, sums) = scratch.split_at_mut(ring * line);
            // Rows of the image that are in the ring.
            let (mut held_image, mut known) = (0, 0);
            for (place, output) in output.chunks_exact_mut(made).enumerate() {
                let (image, row) = ((task * each + place) / rows, (task * each + place) % rows);
                if image != held_image {
                    (held_image, known) = (image, 0);
                }
                let first = (row * down.stride).saturating_sub(down.padding.before);
                let end = (row * down.stride + down.reach()).saturating_sub(down.padding.before).min(height);
                for y in first.max(known)..end {
                    widen(
                        &input[(image * height + y) * line..][..line],
                        &mut held[y % ring * line..][..line],
                    );
                }
                known = known.max(end);
                let from = |y: usize| held[y % ring * line..].as_ptr();
                tap_rows(shape, row, from, &filter.weights, &mut taps);
                let row = WindowRow {
                    across: shape.window(1),
                    width,
                    columns,
                    channels,
                    rows: &taps,
                    input_step: channels,
                    weight_step: channels,
                    bias: epilogue.bias.map_or(std::ptr::null(), <[f32]>::as_ptr),
                    residual: std::ptr::null(),
                    range: epilogue.range,
                    output: sums.as_mut_ptr(),
                    output_step: channels,
                };
                // SAFETY: the rows read were widened into the ring, and `sums` holds a row of the output.
                unsafe { row.compute(filter.isa) }
                round(sums, output);
            }
        });
    });
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{AxisPadding, ConvGeometry, OutputRange};

    fn numbers(len: usize, seed: u32) -> Vec<bf16> {
        let number = |at: u32| (at.wrapping_mul(2_654_435_761) ^ seed) as f32 / 2e9 - 1.0;
        (0..len as u32).map(|at| bf16::from_f32(number(at))).collect()
    }

    fn shapes() -> impl Strategy<Value = ConvShape> {
        let axis = || (1..6usize, 1..3usize, (0..3usize, 0..3usize), 1..3usize);
        (1..4usize, 1..30usize, [1..50usize, 1..50], 1..4usize, [axis(), axis()]).prop_filter_map(
            "the window fits the padded input",
            |(n, groups, [h, w], wide, [down, across])| {
                let padding = [down, across].map(|axis| AxisPadding { before: axis.2.0, after: axis.2.1 });
                let geometry = ConvGeometry {
                    stride: [down.1, across.1],
                    padding,
                    dilation: [down.3, across.3],
                    groups,
                };
                // Depthwise for one channel a group.
                let channels = groups * (wide - wide / 2);
                ConvShape::new([n, h, w, channels], channels, [down.0, across.0], geometry).ok()
            },
        )
    }

    proptest! {
        #[test]
        fn sums_are_those_of_f32_rounded_once(shape in shapes(), added: bool) {
            let (input, weight) = (numbers(shape.input_len(), 1), numbers(shape.weight_len(), 2));
            let residual = numbers(shape.output_len(), 3);
            let wide = |from: &[bf16]| from.iter().map(|x| x.to_f32()).collect::<Vec<_>>();
            let bias = wide(&numbers(shape.out_channels, 4));
            let filter = Filter::pack(&shape, &wide(&weight)).unwrap();
            let range = OutputRange { low: -0.5, high: 6.0 };
            let mut found = vec![bf16::ZERO; shape.output_len()];
            let residual_bf16 = if added { Residual::Of(&residual[..]) } else { Residual::None };
            let epilogue = Bf16Epilogue { bias: Some(&bias), residual: residual_bf16, range };
            conv2d_grouped_bf16(&shape, &filter, &input, &epilogue, &mut found).unwrap();
            let residual = wide(&residual);
            let residual = if added { Residual::Of(&residual[..]) } else { Residual::None };
            let epilogue = Epilogue { bias: Some(&bias), residual, range, finish: None };
            let mut sums = vec![0.0; shape.output_len()];
            conv2d_forward(&shape, &wide(&input), &filter, &epilogue, &mut sums).unwrap();
            let expected: Vec<bf16> = sums.into_iter().map(bf16::from_f32).collect();
            prop_assert_eq!(found, expected);
        }
    }
}

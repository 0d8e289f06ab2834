//! Two-dimensional convolution.

use std::sync::Arc;

use rayon::prelude::*;

use super::channels::{per_channel, planes, sum};
use super::check::{image, in_backward, length, mismatch, refused};
use crate::kernel::{ConvGeometry, ConvShape, conv2d_backward_data, conv2d_backward_weights, conv2d_forward};
use crate::nn::{OpError, Recorder, Value};

/// Cross-correlation of a `[n, c, h, w]` input with `[out, c / groups, kh, kw]` weights; torch: `conv2d`.
///
/// # Errors
/// Weights or a bias that do not fit, a geometry that leaves no output.
pub fn conv2d(
    recorder: &mut Recorder,
    x: &Value,
    weight: &Value,
    bias: Option<&Value>,
    geometry: ConvGeometry,
) -> Result<Value, OpError> {
    let op = "conv2d";
    let input = image(op, "the input", x)?;
    let [filters, group_channels, height, width] = image(op, "the weight", weight)?;
    if group_channels * geometry.groups != input[1] {
        return Err(mismatch(op, ("the input", x), ("the weight", weight)));
    }
    if let Some(bias) = bias.filter(|bias| bias.data.len() != filters) {
        return Err(mismatch(op, ("the weight", weight), ("the bias", bias)));
    }
    bias.map_or(Ok(()), |bias| length(op, "the bias", bias))?;
    let shape = ConvShape::new(input, filters, [height, width], geometry).map_err(refused(op, x))?;
    let mut output = vec![0.0; shape.output_len()];
    conv2d_forward(&shape, &x.data, &weight.data, &mut output).map_err(refused(op, x))?;
    let [.., out_height, out_width] = shape.output();
    let pixels = out_height * out_width;
    if let Some(bias) = bias {
        output.par_chunks_exact_mut(pixels).enumerate().for_each(|(index, plane)| {
            let shift = bias.data[index % filters];
            plane.iter_mut().for_each(|value| *value += shift);
        });
    }
    let bias_slot = bias.and_then(|bias| bias.slot.clone());
    let slots = [x.slot.clone(), weight.slot.clone(), bias_slot];
    let [x_slot, weight_slot, bias_slot] = slots.clone();
    Ok(recorder.record(&slots.each_ref(), Arc::new(output), shape.output().to_vec(), || {
        // Each side's gradient needs the other side's data, and only then is it kept.
        let weights = x_slot.is_some().then(|| Arc::clone(&weight.data));
        let inputs = weight_slot.is_some().then(|| Arc::clone(&x.data));
        move |grads, gradient: Vec<f32>| {
            if let Some(slot) = bias_slot {
                let sums = per_channel(filters, |channel| {
                    planes(&gradient, filters, pixels, channel).map(sum).sum::<f64>() as f32
                });
                slot.add(grads, sums)?;
            }
            if let (Some(slot), Some(input)) = (weight_slot, inputs) {
                let target = slot.accumulator(grads, shape.weight_len())?;
                conv2d_backward_weights(&shape, &input, &gradient, target).map_err(in_backward)?;
            }
            if let (Some(slot), Some(weight)) = (x_slot, weights) {
                let mut target = vec![0.0; shape.input_len()];
                conv2d_backward_data(&shape, &weight, &gradient, &mut target).map_err(in_backward)?;
                drop(gradient);
                slot.add(grads, target)?;
            }
            Ok(())
        }
    }))
}

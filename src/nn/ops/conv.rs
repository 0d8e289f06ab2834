//! Two-dimensional convolution.

use std::sync::Arc;

use super::check::{image, in_backward, length, mismatch, refused};
use crate::{OpError, Recorder, Value};
use camlab_kernel::{
    BackwardFilter, ConvGeometry, ConvShape, Epilogue, Filter, channel_sums, conv2d_backward_data,
    conv2d_backward_weights, conv2d_forward, recycle,
};

/// Cross-correlation of an `[n, h, w, c]` input with `[out, c / groups, kh, kw]` weights; PyTorch: `conv2d`.
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
    if group_channels * geometry.groups != input[3] {
        return Err(mismatch(op, ("the input", x), ("the weight", weight)));
    }
    if let Some(bias) = bias.filter(|bias| bias.data.len() != filters) {
        return Err(mismatch(op, ("the weight", weight), ("the bias", bias)));
    }
    bias.map_or(Ok(()), |bias| length(op, "the bias", bias))?;
    let shape = ConvShape::new(input, filters, [height, width], geometry).map_err(refused(op, x))?;
    let output = convolve(&shape, x, weight, bias).map_err(refused(op, x))?;
    let slots = [x.slot.clone(), weight.slot.clone(), bias.and_then(|bias| bias.slot.clone())];
    let [x_slot, weight_slot, bias_slot] = slots.clone();
    Ok(recorder.record(&slots.each_ref(), Arc::new(output), shape.output().to_vec(), || {
        // Each operand is kept only if the gradient of the other needs it.
        let weights = x_slot.is_some().then(|| Arc::clone(&weight.data));
        let inputs = weight_slot.is_some().then(|| Arc::clone(&x.data));
        move |grads, gradient: Vec<f32>| {
            if let Some(slot) = bias_slot {
                let sums = channel_sums(&gradient, filters).map_err(in_backward)?;
                slot.add(grads, sums.into_iter().map(|sum| sum as f32).collect())?;
            }
            if let (Some(slot), Some(input)) = (weight_slot, inputs) {
                let (accumulate, mut target) = slot.target(grads, shape.weight_len())?;
                conv2d_backward_weights(&shape, &input, &gradient, accumulate, &mut target)
                    .map_err(in_backward)?;
                slot.put(grads, target)?;
                recycle::give_shared(input);
            }
            if let (Some(slot), Some(weight)) = (x_slot, weights) {
                let (accumulate, mut target) = slot.target(grads, shape.input_len())?;
                let filter = BackwardFilter::pack(&shape, &weight).map_err(in_backward)?;
                conv2d_backward_data(&shape, &filter, &gradient, accumulate, &mut target)
                    .map_err(in_backward)?;
                slot.put(grads, target)?;
            }
            recycle::give(gradient);
            Ok(())
        }
    }))
}

/// The forward pass.
fn convolve(
    shape: &ConvShape,
    x: &Value,
    weight: &Value,
    bias: Option<&Value>,
) -> Result<Vec<f32>, camlab_kernel::KernelError> {
    let filter = Filter::pack(shape, &weight.data)?;
    let epilogue = Epilogue { bias: bias.map(|bias| &bias.data[..]), ..Epilogue::default() };
    let mut output = recycle::take(shape.output_len());
    conv2d_forward(shape, &x.data, &filter, &epilogue, &mut output)?;
    Ok(output)
}

//! Fully connected layer.

use std::sync::Arc;

use super::check::{in_backward, length, mismatch, refused};
use crate::{OpError, Recorder, Value};
use camlab_kernel::{
    ConvGeometry, ConvShape, LinearShape, channel_sums, conv2d_backward_weights, linear_backward_data,
    linear_forward, recycle,
};

/// x W^T + b: `[n, in]` by `[out, in]` to `[n, out]`; PyTorch: `linear`.
///
/// # Errors
/// Inputs without two dimensions, or that do not fit each other.
pub fn linear(
    recorder: &mut Recorder,
    x: &Value,
    weight: &Value,
    bias: Option<&Value>,
) -> Result<Value, OpError> {
    let op = "linear";
    let (&[batch, features], &[outputs, fan_in]) = (&x.shape[..], &weight.shape[..]) else {
        return Err(mismatch(op, ("the input", x), ("the weight", weight)));
    };
    if features != fan_in {
        return Err(mismatch(op, ("the input", x), ("the weight", weight)));
    }
    length(op, "the input", x)?;
    length(op, "the weight", weight)?;
    if let Some(bias) = bias.filter(|bias| bias.data.len() != outputs) {
        return Err(mismatch(op, ("the weight", weight), ("the bias", bias)));
    }
    let shape = LinearShape { rows: batch, features, outputs };
    let mut output = recycle::take(batch * outputs);
    linear_forward(shape, &weight.data, bias.map(|bias| &bias.data[..]), &x.data, &mut output)
        .map_err(refused(op, x))?;
    let slots = [x.slot.clone(), weight.slot.clone(), bias.and_then(|bias| bias.slot.clone())];
    let [x_slot, weight_slot, bias_slot] = slots.clone();
    Ok(recorder.record(&slots.each_ref(), Arc::new(output), vec![batch, outputs], || {
        // Each operand is kept only if the gradient of the other needs it.
        let weights = x_slot.is_some().then(|| Arc::clone(&weight.data));
        let inputs = weight_slot.is_some().then(|| Arc::clone(&x.data));
        move |grads, gradient: Vec<f32>| {
            if let Some(slot) = bias_slot {
                let sums = channel_sums(&gradient, outputs).map_err(in_backward)?;
                slot.add(grads, sums.into_iter().map(|sum| sum as f32).collect())?;
            }
            if let (Some(slot), Some(input)) = (weight_slot, inputs) {
                // Computed as a 1x1 convolution of images of one pixel.
                let conv = ConvShape::new([batch, 1, 1, features], outputs, [1; 2], ConvGeometry::default())
                    .map_err(in_backward)?;
                let (accumulate, mut target) = slot.target(grads, conv.weight_len())?;
                conv2d_backward_weights(&conv, &input, &gradient, accumulate, &mut target)
                    .map_err(in_backward)?;
                slot.put(grads, target)?;
                recycle::give_shared(input);
            }
            if let (Some(slot), Some(weight)) = (x_slot, weights) {
                let (accumulate, mut target) = slot.target(grads, batch * features)?;
                linear_backward_data(shape, &weight, &gradient, accumulate, &mut target)
                    .map_err(in_backward)?;
                slot.put(grads, target)?;
            }
            recycle::give(gradient);
            Ok(())
        }
    }))
}

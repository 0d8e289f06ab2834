//! Fully connected layer.

use super::check::{length, mismatch, refused};
use super::conv::{convolve, record};
use crate::kernel::{ConvGeometry, ConvShape};
use crate::nn::{OpError, Recorder, Value};

/// x W^T + b: `[n, in]` by `[out, in]` to `[n, out]`; torch: `linear`. The 1x1 convolution of an image of one pixel.
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
    let shape = ConvShape::new([batch, 1, 1, features], outputs, [1; 2], ConvGeometry::default())
        .map_err(refused(op, x))?;
    let data = convolve(&shape, x, weight, bias).map_err(refused(op, x))?;
    record(recorder, shape, x, weight, bias, data, vec![batch, outputs])
}

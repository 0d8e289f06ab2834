//! Fully connected layer.

use std::sync::Arc;

use rayon::prelude::*;

use super::check::{in_backward, length, mismatch, refused};
use crate::kernel::{KernelError, Mat, MatMut, matmul};
use crate::nn::{OpError, Recorder, Value};

/// Rows of a result that one task computes.
const ROWS: usize = 64;

/// x W^T + b: `[n, in]` by `[out, in]` to `[n, out]`; torch: `linear`.
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
    let mut output = vec![0.0; batch * outputs];
    if let Some(bias) = bias {
        output.chunks_exact_mut(outputs.max(1)).for_each(|row| row.copy_from_slice(&bias.data));
    }
    let transposed =
        Mat::new(&weight.data, outputs, features, features).map_err(refused(op, x))?.transposed();
    by_rows(&mut output, &x.data, [features, outputs], transposed).map_err(refused(op, x))?;
    let slots = [x.slot.clone(), weight.slot.clone(), bias.and_then(|bias| bias.slot.clone())];
    let [x_slot, weight_slot, bias_slot] = slots.clone();
    Ok(recorder.record(&slots.each_ref(), Arc::new(output), vec![batch, outputs], || {
        let weights = x_slot.is_some().then(|| Arc::clone(&weight.data));
        let inputs = weight_slot.is_some().then(|| Arc::clone(&x.data));
        move |grads, gradient: Vec<f32>| {
            if let Some(slot) = bias_slot {
                let column = |o| gradient.iter().skip(o).step_by(outputs).map(|&g| f64::from(g)).sum::<f64>();
                slot.add(grads, (0..outputs).map(|o| column(o) as f32).collect())?;
            }
            if let (Some(slot), Some(input)) = (weight_slot, inputs) {
                let target = slot.accumulator(grads, outputs * features)?;
                weight_gradient(target, &gradient, &input, [batch, outputs, features])
                    .map_err(in_backward)?;
            }
            if let (Some(slot), Some(weight)) = (x_slot, weights) {
                let mut target = vec![0.0; batch * features];
                let weight = Mat::new(&weight, outputs, features, features).map_err(in_backward)?;
                by_rows(&mut target, &gradient, [outputs, features], weight).map_err(in_backward)?;
                slot.add(grads, target)?;
            }
            Ok(())
        }
    }))
}

/// `out += left * right` for a `[n, inner]` left factor, a block of rows per task.
fn by_rows(
    out: &mut [f32],
    left: &[f32],
    [inner, width]: [usize; 2],
    right: Mat<'_>,
) -> Result<(), KernelError> {
    out.par_chunks_mut((ROWS * width).max(1)).zip(left.par_chunks((ROWS * inner).max(1))).try_for_each(
        |(out, left)| {
            let rows = left.len() / inner.max(1);
            let mut out = MatMut::new(out, rows, width, width)?;
            matmul(&mut out, Mat::new(left, rows, inner, inner)?, right, true)
        },
    )
}

/// `out += gradient^T * input`, a block of the weights' rows per task.
fn weight_gradient(
    out: &mut [f32],
    gradient: &[f32],
    input: &[f32],
    [batch, outputs, features]: [usize; 3],
) -> Result<(), KernelError> {
    let input = Mat::new(input, batch, features, features)?;
    out.par_chunks_mut((ROWS * features).max(1)).enumerate().try_for_each(|(block, out)| {
        let rows = out.len() / features.max(1);
        let gradient = Mat::new(&gradient[block * ROWS..], batch, rows, outputs)?.transposed();
        matmul(&mut MatMut::new(out, rows, features, features)?, gradient, input, true)
    })
}

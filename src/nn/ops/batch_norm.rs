//! Batch normalisation over `[n, h, w, c]`: frozen, affine and free BatchNorm are one op with two modes.

use std::sync::Arc;

use super::batch_norm_backward::{Backward, ChannelNorm};
use super::check::{image, mismatch, refused};
use crate::{OpError, Recorder, Value};
use camlab_kernel::{Affine, Moments, OutputRange, channel_moments, normalise, normalise_in_place, recycle};

/// Source of the statistics.
///
/// *Frozen* BatchNorm is `Running` with untrainable gamma and beta, *affine* is `Running` with trainable
/// ones, *free* is `Batch`.
#[derive(Clone, Copy, Debug)]
pub enum BnMode<'a> {
    /// Running statistics, constant in the backward pass; PyTorch: `batch_norm(training=False)`.
    Running {
        /// Mean per channel.
        mean: &'a [f32],
        /// Variance per channel.
        var: &'a [f32],
    },
    /// The batch's own statistics, through which gradients flow; PyTorch: `batch_norm(training=True)`.
    Batch,
}

/// Batch statistics towards which the running ones are moved, per channel.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchStatistics {
    /// Mean.
    pub mean: Vec<f32>,
    /// Variance with Bessel's correction, as in PyTorch's running variance.
    pub var_unbiased: Vec<f32>,
}

/// Operations fused after the normalisation: `limit(value + residual)`.
#[derive(Default)]
pub struct Behind {
    /// An activation of the same shape.
    pub residual: Option<Value>,
    /// Range of the results: ReLU and other clips.
    pub range: OutputRange,
}

/// gamma * (x - mean) / sqrt(var + eps) + beta, per channel; Ioffe & Szegedy 2015, algorithm 1.
///
/// Works in place if `x` is the only holder of its data and no gradient needs it. The statistics are returned
/// in `Batch` mode only.
///
/// # Errors
/// Per-channel inputs that do not have one element per channel; `Batch` mode with one element per channel,
/// which has no variance.
pub fn batch_norm(
    recorder: &mut Recorder,
    x: Value,
    gamma: &Value,
    beta: &Value,
    mode: BnMode<'_>,
    eps: f32,
) -> Result<(Value, Option<BatchStatistics>), OpError> {
    batch_norm_then(recorder, x, gamma, beta, mode, eps, Behind::default())
}

/// [`batch_norm`], an addition and a ReLU or another clip in one pass over memory, in the forward and the backward direction.
///
/// # Errors
/// As [`batch_norm`]; a residual of another shape.
pub fn batch_norm_then(
    recorder: &mut Recorder,
    x: Value,
    gamma: &Value,
    beta: &Value,
    mode: BnMode<'_>,
    eps: f32,
    Behind { residual, range }: Behind,
) -> Result<(Value, Option<BatchStatistics>), OpError> {
    let op = "batch_norm";
    let [batch, height, width, channels] = image(op, "the input", &x)?;
    for (name, parameter) in [("gamma", gamma), ("beta", beta)] {
        if parameter.data.len() != channels {
            return Err(mismatch(op, ("the input", &x), (name, parameter)));
        }
    }
    if let Some(residual) = residual.as_ref().filter(|residual| residual.shape != x.shape) {
        return Err(mismatch(op, ("the input", &x), ("the residual", residual)));
    }
    let count = batch * height * width;
    let (moments, statistics) = moments(&x, mode, [count, channels])?;
    let norms: Vec<ChannelNorm> = moments
        .iter()
        .zip(gamma.data.iter())
        .map(|(&Moments { mean, var }, &gamma)| {
            let inverse = 1.0 / (var + f64::from(eps)).sqrt();
            ChannelNorm { mean, inverse, scale: f64::from(gamma) * inverse }
        })
        .collect();
    let scale: Vec<f32> = norms.iter().map(|norm| norm.scale as f32).collect();
    let shift = norms.iter().zip(beta.data.iter());
    let shift: Vec<f32> =
        shift.map(|(norm, &beta)| (f64::from(beta) - norm.mean * norm.scale) as f32).collect();

    let residual_slot = residual.as_ref().and_then(|residual| residual.slot.clone());
    let slots = [x.slot.clone(), gamma.slot.clone(), beta.slot.clone(), residual_slot];
    let through_batch = statistics.is_some();
    let keep_input = slots[1].is_some() || (through_batch && slots[0].is_some());
    let Value { data, shape, slot: _ } = x;
    let input = keep_input.then(|| Arc::clone(&data));
    let affine = Affine { scale: &scale, shift: &shift };
    let added = residual.as_ref().map(|residual| &residual.data[..]);
    let output = match Arc::try_unwrap(data) {
        Ok(mut data) => normalise_in_place(&mut data, affine, added, range).map(|()| data),
        Err(data) => {
            let mut output = recycle::take(data.len());
            normalise(&data, affine, added, range, &mut output).map(|()| output)
        }
    };
    let output = output.map_err(refused(op, gamma))?;
    let data = Arc::new(output);
    // The clip's backward pass recomputes its input from the kept `x`; if `x` is not kept, or a residual was
    // added, it reads the kept output.
    let again = keep_input && residual.is_none();
    let behind = (!range.is_all() && !again).then(|| Arc::clone(&data));
    if let Some(residual) = residual {
        recycle::give_shared(residual.data);
    }
    let [x_slot, gamma_slot, beta_slot, residual_slot] = slots.clone();
    let output = recorder.record(&slots.each_ref(), data, shape, move || {
        let backward = Backward { norms, scale, shift, count, through_batch, range, input, output: behind };
        move |grads, gradient: Vec<f32>| {
            backward.run(grads, gradient, [x_slot, gamma_slot, beta_slot, residual_slot])
        }
    });
    Ok((output, statistics))
}

/// Mean and variance of every channel and, in `Batch` mode, the statistics for the running ones.
fn moments(
    x: &Value,
    mode: BnMode<'_>,
    [count, channels]: [usize; 2],
) -> Result<(Vec<Moments>, Option<BatchStatistics>), OpError> {
    let op = "batch_norm";
    match mode {
        BnMode::Running { mean, var } => {
            for (right_name, values) in [("the running mean", mean), ("the running variance", var)] {
                if values.len() != channels {
                    let (left, right) = (x.shape.clone(), vec![values.len()]);
                    return Err(OpError::Shapes { op, left_name: "the input", left, right_name, right });
                }
            }
            let moments = mean.iter().zip(var).map(|(&m, &v)| Moments { mean: m.into(), var: v.into() });
            Ok((moments.collect(), None))
        }
        BnMode::Batch if count < 2 => {
            let expected = "[n, h, w, c] with n * h * w of at least 2 for batch statistics";
            Err(OpError::Rank { op, what: "the input", expected, found: x.shape.clone() })
        }
        BnMode::Batch => {
            let moments = channel_moments(&x.data, channels).map_err(refused(op, x))?;
            let bessel = count as f64 / (count - 1) as f64;
            let mean = moments.iter().map(|moments| moments.mean as f32).collect();
            let var_unbiased = moments.iter().map(|moments| (moments.var * bessel) as f32).collect();
            Ok((moments, Some(BatchStatistics { mean, var_unbiased })))
        }
    }
}

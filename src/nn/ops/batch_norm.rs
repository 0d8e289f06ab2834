//! Batch normalisation over `[n, c, h, w]`: frozen, affine and free are one op with two modes.

use std::sync::Arc;

use rayon::prelude::*;

use super::channels::{per_channel, planes, sum, sum_pairs};
use super::check::{image, mismatch, owned};
use crate::nn::{OpError, Recorder, Slot, Value};

/// Where the statistics come from.
///
/// *Frozen* BatchNorm is `Running` with untrainable gamma and beta, *affine* is `Running` with trainable
/// ones, *free* is `Batch`.
#[derive(Clone, Copy, Debug)]
pub enum BnMode<'a> {
    /// Running statistics, constants of the backward pass; torch: `batch_norm(training=False)`.
    Running {
        /// Mean per channel.
        mean: &'a [f32],
        /// Variance per channel.
        var: &'a [f32],
    },
    /// The batch's own statistics, through which gradients flow; torch: `batch_norm(training=True)`.
    Batch,
}

/// What the running statistics are to be moved towards, per channel.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchStatistics {
    /// Mean.
    pub mean: Vec<f32>,
    /// Variance with Bessel's correction, as torch's running variance uses it.
    pub var_unbiased: Vec<f32>,
}

/// gamma * (x - mean) / sqrt(var + eps) + beta, per channel; Ioffe & Szegedy 2015, algorithm 1.
///
/// Works in place when `x` is the only holder of its data and no gradient needs it. The statistics are
/// returned in `Batch` mode only.
///
/// # Errors
/// Per-channel inputs that do not have one element per channel; a `Batch` of one element per channel, whose
/// variance says nothing.
pub fn batch_norm(
    recorder: &mut Recorder,
    x: Value,
    gamma: &Value,
    beta: &Value,
    mode: BnMode<'_>,
    eps: f32,
) -> Result<(Value, Option<BatchStatistics>), OpError> {
    let op = "batch_norm";
    let [batch, channels, height, width] = image(op, "the input", &x)?;
    let pixels = height * width;
    for (name, parameter) in [("gamma", gamma), ("beta", beta)] {
        if parameter.data.len() != channels {
            return Err(mismatch(op, ("the input", &x), (name, parameter)));
        }
    }
    let count = batch * pixels;
    let (moments, statistics) = match mode {
        BnMode::Running { mean, var } => {
            for (right_name, values) in [("the running mean", mean), ("the running variance", var)] {
                if values.len() != channels {
                    let (left, right) = (x.shape.clone(), vec![values.len()]);
                    return Err(OpError::Shapes { op, left_name: "the input", left, right_name, right });
                }
            }
            (mean.iter().zip(var).map(|(&m, &v)| (f64::from(m), f64::from(v))).collect(), None)
        }
        BnMode::Batch if count < 2 => {
            let expected = "[n, c, h, w] with n * h * w of at least 2 for batch statistics";
            return Err(OpError::Rank { op, what: "the input", expected, found: x.shape });
        }
        BnMode::Batch => {
            let moments = batch_moments(&x.data, channels, pixels, count);
            let bessel = count as f64 / (count - 1) as f64;
            let mean = moments.iter().map(|&(mean, _)| mean as f32).collect();
            let var_unbiased = moments.iter().map(|&(_, var)| (var * bessel) as f32).collect();
            (moments, Some(BatchStatistics { mean, var_unbiased }))
        }
    };
    let norms: Vec<Norm> = moments
        .iter()
        .zip(gamma.data.iter())
        .map(|(&(mean, var), &gamma)| {
            let inverse = 1.0 / (var + f64::from(eps)).sqrt();
            Norm { mean, inverse, scale: f64::from(gamma) * inverse }
        })
        .collect();
    let slots = [x.slot.clone(), gamma.slot.clone(), beta.slot.clone()];
    let through_batch = statistics.is_some();
    let keep_input = slots[1].is_some() || (through_batch && slots[0].is_some());
    let Value { data, shape, slot: _ } = x;
    let input = keep_input.then(|| Arc::clone(&data));
    let mut output = owned(data);
    output.par_chunks_exact_mut(pixels).enumerate().for_each(|(index, plane)| {
        let channel = index % channels;
        let Norm { mean, scale, .. } = norms[channel];
        let shift = (f64::from(beta.data[channel]) - mean * scale) as f32;
        let scale = scale as f32;
        plane.iter_mut().for_each(|value| *value = scale * *value + shift);
    });
    let [x_slot, gamma_slot, beta_slot] = slots.clone();
    let output = recorder.record(&slots.each_ref(), Arc::new(output), shape, move || {
        let backward = Backward { norms, channels, pixels, count, through_batch, input };
        move |grads, gradient: Vec<f32>| backward.run(grads, gradient, x_slot, gamma_slot, beta_slot)
    });
    Ok((output, statistics))
}

/// Mean and biased variance of every channel, in two passes.
fn batch_moments(data: &[f32], channels: usize, pixels: usize, count: usize) -> Vec<(f64, f64)> {
    per_channel(channels, |channel| {
        let planes = || planes(data, channels, pixels, channel);
        let mean = planes().map(sum).sum::<f64>() / count as f64;
        let squares = |plane: &[f32]| sum_pairs(plane, plane, |value, _| (value - mean) * (value - mean));
        (mean, planes().map(squares).sum::<f64>() / count as f64)
    })
}

/// One channel's statistics and what follows from them.
#[derive(Clone, Copy)]
struct Norm {
    mean: f64,
    /// 1 / sqrt(var + eps)
    inverse: f64,
    /// gamma * inverse
    scale: f64,
}

/// What the backward pass keeps.
struct Backward {
    norms: Vec<Norm>,
    channels: usize,
    pixels: usize,
    count: usize,
    through_batch: bool,
    /// Kept only when gamma's gradient, or the one through the batch statistics, needs it.
    input: Option<Arc<Vec<f32>>>,
}

impl Backward {
    fn run(
        self,
        grads: &mut crate::nn::gradient::Grads,
        mut gradient: Vec<f32>,
        x: Option<Slot>,
        gamma: Option<Slot>,
        beta: Option<Slot>,
    ) -> Result<(), dfdx::tensor::CpuError> {
        let &Self { channels, pixels, .. } = &self;
        let needs_sums = gamma.is_some() || beta.is_some() || self.through_batch;
        // Per channel: the sum of dy, and of dy times the normalised input.
        let sums = if needs_sums { self.sums(&gradient) } else { vec![(0.0, 0.0); channels] };
        if let Some(slot) = beta {
            slot.add(grads, sums.iter().map(|&(plain, _)| plain as f32).collect())?;
        }
        if let Some(slot) = gamma {
            slot.add(grads, sums.iter().map(|&(_, weighted)| weighted as f32).collect())?;
        }
        let Some(slot) = x else { return Ok(()) };
        let through_input = self.input.as_ref().filter(|_| self.through_batch);
        gradient.par_chunks_exact_mut(pixels).enumerate().for_each(|(index, plane)| {
            let channel = index % channels;
            let Norm { mean, inverse, scale } = self.norms[channel];
            let Some(input) = through_input else {
                plane.iter_mut().for_each(|g| *g *= scale as f32);
                return;
            };
            // dx = scale (dy - mean(dy) - x_hat mean(dy x_hat)), each difference taken before it is scaled.
            let (plain, weighted) = sums[channel];
            let mean_gradient = (plain / self.count as f64) as f32;
            let slope = (inverse * weighted / self.count as f64) as f32;
            let (scale, mean) = (scale as f32, mean as f32);
            let input = &input[index * pixels..][..pixels];
            plane.iter_mut().zip(input).for_each(|(g, x)| {
                *g = scale * ((*g - mean_gradient) - slope * (x - mean));
            });
        });
        slot.add(grads, gradient)
    }

    fn sums(&self, gradient: &[f32]) -> Vec<(f64, f64)> {
        let &Self { channels, pixels, .. } = self;
        per_channel(channels, |channel| {
            let Norm { mean, inverse, .. } = self.norms[channel];
            let plain = planes(gradient, channels, pixels, channel).map(sum).sum();
            let Some(input) = &self.input else { return (plain, 0.0) };
            let weighted: f64 = planes(gradient, channels, pixels, channel)
                .zip(planes(input, channels, pixels, channel))
                .map(|(gradient, input)| sum_pairs(gradient, input, |g, x| g * (x - mean)))
                .sum();
            (plain, weighted * inverse)
        })
    }
}

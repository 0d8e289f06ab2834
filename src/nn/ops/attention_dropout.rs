//! The attention-based dropout layer (ADL).

use std::sync::Arc;

use rayon::prelude::*;

use super::check::image;
use crate::{OpError, Recorder, Value};

/// Map by which an attention-based dropout layer multiplies a batch's activations.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Attention {
    /// The importance map, `sigmoid(a)`, which keeps important positions.
    Importance,
    /// The drop mask: 0 where `a` is at least this share of its largest value in the image, else 1. It is
    /// constant in the backward pass.
    Drop(f32),
}

/// Multiplies every channel by one map computed from the activations' mean over channels, `a`: Choe & Shim
/// 2019, section 3.1, like wsolevaluation's `ADL` in training. `[n, h, w, c]` in and out.
///
/// # Errors
/// An input without four dimensions.
pub fn attention_dropout(recorder: &mut Recorder, x: &Value, attention: Attention) -> Result<Value, OpError> {
    let op = "attention_dropout";
    let [_, height, width, channels] = image(op, "the input", x)?;
    let maps: Vec<f32> = x
        .data
        .par_chunks_exact(height * width * channels)
        .flat_map_iter(|image| map(image, channels, attention))
        .collect();
    let mut output = x.data.to_vec();
    scale(&mut output, &maps, channels);
    let (slot, shape) = (x.slot.clone(), x.shape.clone());
    Ok(recorder.record(&[&x.slot], Arc::new(output), shape, || {
        let input = Arc::clone(&x.data);
        move |grads, mut gradient: Vec<f32>| {
            let Some(slot) = slot else { return Ok(()) };
            match attention {
                Attention::Drop(_) => scale(&mut gradient, &maps, channels),
                Attention::Importance => {
                    let positions =
                        gradient.par_chunks_exact_mut(channels).zip(input.par_chunks_exact(channels));
                    positions.zip(&maps).with_min_len(64).for_each(|((gradient, x), s)| {
                        // Gradient through the mean: every channel has the same share.
                        let through: f64 =
                            gradient.iter().zip(x).map(|(g, x)| f64::from(*g) * f64::from(*x)).sum();
                        let s = f64::from(*s);
                        let share = through * s * (1.0 - s) / channels as f64;
                        gradient.iter_mut().for_each(|g| *g = (f64::from(*g) * s + share) as f32);
                    });
                }
            }
            slot.add(grads, gradient)
        }
    }))
}

/// The map of one image, one number per position.
fn map(image: &[f32], channels: usize, attention: Attention) -> Vec<f32> {
    let means = image.chunks_exact(channels).map(|position| {
        let sum: f64 = position.iter().map(|x| f64::from(*x)).sum();
        (sum / channels as f64) as f32
    });
    match attention {
        Attention::Importance => means.map(|mean| 1.0 / (1.0 + (-mean).exp())).collect(),
        Attention::Drop(threshold) => {
            let means: Vec<f32> = means.collect();
            let limit = means.iter().fold(f32::NEG_INFINITY, |a, b| a.max(*b)) * threshold;
            means.iter().map(|mean| if *mean < limit { 1.0 } else { 0.0 }).collect()
        }
    }
}

/// Multiplies every position's channels by the map's value there.
fn scale(data: &mut [f32], maps: &[f32], channels: usize) {
    data.par_chunks_exact_mut(channels)
        .zip(maps)
        .with_min_len(64)
        .for_each(|(position, factor)| position.iter_mut().for_each(|x| *x *= factor));
}

//! Dropout.

use std::sync::Arc;

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use crate::{Recorder, Value};

/// Sets numbers to 0 with probability `rate` and multiplies the others by `1 / (1 - rate)` (Srivastava et al. 2014, as
/// PyTorch's `dropout` in training). `draws` decides, one number after the other. Any shape in and out.
pub fn dropout(recorder: &mut Recorder, x: &Value, rate: f64, draws: &mut ChaCha8Rng) -> Value {
    let scale = (1.0 / (1.0 - rate)) as f32;
    let factors: Vec<f32> =
        x.data.iter().map(|_| if draws.random::<f64>() < rate { 0.0 } else { scale }).collect();
    let output: Vec<f32> = x.data.iter().zip(&factors).map(|(x, factor)| x * factor).collect();
    let (slot, shape) = (x.slot.clone(), x.shape.clone());
    recorder.record(&[&x.slot], Arc::new(output), shape, || {
        move |grads, mut gradient: Vec<f32>| {
            let Some(slot) = slot else { return Ok(()) };
            gradient.iter_mut().zip(&factors).for_each(|(gradient, factor)| *gradient *= factor);
            slot.add(grads, gradient)
        }
    })
}

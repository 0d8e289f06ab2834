//! Global average pooling.

use std::sync::Arc;

use rayon::prelude::*;

use super::channels::sum;
use super::check::image;
use crate::nn::{OpError, Recorder, Value};

/// Mean over height and width: `[n, c, h, w]` to `[n, c]`; torch: `x.mean((2, 3))`.
///
/// # Errors
/// An input without four dimensions.
pub fn global_avg_pool2d(recorder: &mut Recorder, x: &Value) -> Result<Value, OpError> {
    let op = "global_avg_pool2d";
    let [batch, channels, height, width] = image(op, "the input", x)?;
    let pixels = height * width;
    let means = x.data.par_chunks_exact(pixels).map(|plane| (sum(plane) / pixels as f64) as f32).collect();
    let slot = x.slot.clone();
    Ok(recorder.record(&[&x.slot], Arc::new(means), vec![batch, channels], move || {
        move |grads, gradient: Vec<f32>| {
            let Some(slot) = slot else { return Ok(()) };
            let mut target = vec![0.0; gradient.len() * pixels];
            let share = 1.0 / pixels as f32;
            target
                .par_chunks_exact_mut(pixels)
                .zip(&gradient)
                .for_each(|(plane, gradient)| plane.fill(gradient * share));
            slot.add(grads, target)
        }
    }))
}

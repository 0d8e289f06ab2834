//! Global average pooling.

use std::sync::Arc;

use rayon::prelude::*;

use super::check::{image, refused};
use crate::{OpError, Recorder, Value};
use camlab_kernel::{channel_sums, recycle};

/// Mean over height and width: `[n, h, w, c]` to `[n, c]`; PyTorch: `x.mean((2, 3))`.
///
/// # Errors
/// An input without four dimensions.
pub fn global_avg_pool2d(recorder: &mut Recorder, x: &Value) -> Result<Value, OpError> {
    let op = "global_avg_pool2d";
    let [batch, height, width, channels] = image(op, "the input", x)?;
    let pixels = height * width;
    let sums: Vec<Vec<f64>> = x
        .data
        .par_chunks_exact(pixels * channels)
        .map(|image| channel_sums(image, channels))
        .collect::<Result<_, _>>()
        .map_err(refused(op, x))?;
    let means = sums.iter().flatten().map(|sum| (sum / pixels as f64) as f32).collect();
    let slot = x.slot.clone();
    Ok(recorder.record(&[&x.slot], Arc::new(means), vec![batch, channels], move || {
        move |grads, gradient: Vec<f32>| {
            let Some(slot) = slot else { return Ok(()) };
            let mut target = recycle::take(gradient.len() * pixels);
            let share = 1.0 / pixels as f32;
            target.par_chunks_exact_mut(pixels * channels).zip(gradient.par_chunks_exact(channels)).for_each(
                |(image, gradient)| {
                    for pixel in image.chunks_exact_mut(channels) {
                        pixel.iter_mut().zip(gradient).for_each(|(to, gradient)| *to = gradient * share);
                    }
                },
            );
            slot.add(grads, target)
        }
    }))
}

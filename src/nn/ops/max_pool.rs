//! Max pooling.

use std::sync::Arc;

use super::check::{image, in_backward, refused};
use crate::{OpError, Recorder, Value};
use camlab_kernel::{PoolGeometry, PoolShape, max_pool2d_backward, max_pool2d_forward, recycle};

/// Max pooling; the first of equal elements gets the gradient. PyTorch: `max_pool2d`.
///
/// # Errors
/// A window larger than the padded input, padding that covers a whole window, more than 254 elements per
/// window.
pub fn max_pool2d(recorder: &mut Recorder, x: &Value, geometry: PoolGeometry) -> Result<Value, OpError> {
    let op = "max_pool2d";
    let input = image(op, "the input", x)?;
    let shape = PoolShape::new(input, geometry).map_err(refused(op, x))?;
    let mut output = recycle::take(shape.output_len());
    let mut winners = vec![0; shape.output_len()];
    max_pool2d_forward(&shape, &x.data, &mut output, &mut winners).map_err(refused(op, x))?;
    let slot = x.slot.clone();
    Ok(recorder.record(&[&x.slot], Arc::new(output), shape.output().to_vec(), move || {
        move |grads, gradient: Vec<f32>| {
            let Some(slot) = slot else { return Ok(()) };
            let mut target = recycle::take(shape.input_len());
            max_pool2d_backward(&shape, &winners, &gradient, &mut target).map_err(in_backward)?;
            recycle::give(gradient);
            slot.add(grads, target)
        }
    }))
}

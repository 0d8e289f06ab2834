//! Average pooling.

use std::sync::Arc;

use super::check::{image, in_backward, refused};
use crate::{OpError, Recorder, Value};
use camlab_kernel::{PoolGeometry, PoolShape, avg_pool2d_backward, avg_pool2d_forward};

/// Average pooling; `count_include_pad` includes the padding's zeros in the mean. PyTorch:
/// `avg_pool2d`.
///
/// # Errors
/// A window larger than the padded input, padding that covers a whole window.
pub fn avg_pool2d(
    recorder: &mut Recorder,
    x: &Value,
    geometry: PoolGeometry,
    count_include_pad: bool,
) -> Result<Value, OpError> {
    let op = "avg_pool2d";
    let input = image(op, "the input", x)?;
    let shape = PoolShape::new(input, geometry).map_err(refused(op, x))?;
    let mut output = vec![0.0; shape.output_len()];
    avg_pool2d_forward(&shape, count_include_pad, &x.data, &mut output).map_err(refused(op, x))?;
    let slot = x.slot.clone();
    Ok(recorder.record(&[&x.slot], Arc::new(output), shape.output().to_vec(), move || {
        move |grads, gradient: Vec<f32>| {
            let Some(slot) = slot else { return Ok(()) };
            let mut target = vec![0.0; shape.input_len()];
            avg_pool2d_backward(&shape, count_include_pad, &gradient, &mut target).map_err(in_backward)?;
            slot.add(grads, target)
        }
    }))
}

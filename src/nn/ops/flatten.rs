//! Flattening of a feature map to one vector.

use std::sync::Arc;

use super::check::{image, in_backward, refused};
use crate::{OpError, Recorder, Value};
use camlab_kernel::{to_channels_first, to_channels_last};

/// Flattens a feature map: `[n, h, w, c]` to `[n, c * h * w]`; PyTorch: `flatten(x, 1)`.
///
/// The order is PyTorch's, channel by channel and within it row by row, though images are stored pixel by
/// pixel here: the weights of the next linear layer (`classifier.0` of a VGG checkpoint) require it.
///
/// # Errors
/// An input without four dimensions.
pub fn flatten(recorder: &mut Recorder, x: &Value) -> Result<Value, OpError> {
    let op = "flatten";
    let [batch, height, width, channels] = image(op, "the input", x)?;
    let pixels = height * width;
    let mut data = vec![0.0; x.data.len()];
    to_channels_first(pixels, channels, &x.data, &mut data).map_err(refused(op, x))?;
    let slot = x.slot.clone();
    Ok(recorder.record(&[&x.slot], Arc::new(data), vec![batch, pixels * channels], move || {
        move |grads, gradient: Vec<f32>| {
            let Some(slot) = slot else { return Ok(()) };
            let mut target = vec![0.0; gradient.len()];
            to_channels_last(pixels, channels, &gradient, &mut target).map_err(in_backward)?;
            slot.add(grads, target)
        }
    }))
}

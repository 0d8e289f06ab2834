//! The parameter-free shortcut of CIFAR ResNets (option A).

use std::sync::Arc;

use rayon::prelude::*;

use super::check::image;
use crate::{OpError, Recorder, Value};

/// Every second pixel, with zero channels before and after: option A of He et al. 2016, section 4.2.
///
/// `[n, h, w, c]` to `[n, ceil(h / 2), ceil(w / 2), out_channels]`; PyTorch, on `[n, c, h, w]`:
/// `pad(x[:, :, ::2, ::2], (0, 0, 0, 0, p, p))` with `p = (out_channels - c) / 2`.
///
/// # Errors
/// Fewer output than input channels, or an odd number of new ones.
pub fn subsample_pad_channels(
    recorder: &mut Recorder,
    x: &Value,
    out_channels: usize,
) -> Result<Value, OpError> {
    let op = "subsample_pad_channels";
    let [batch, height, width, channels] = image(op, "the input", x)?;
    let (out_height, out_width) = (height.div_ceil(2), width.div_ceil(2));
    let out_shape = vec![batch, out_height, out_width, out_channels];
    let new = out_channels.checked_sub(channels).filter(|new| new % 2 == 0);
    let Some(before) = new.map(|new| new / 2) else {
        let (left, right) = (x.shape.clone(), out_shape);
        return Err(OpError::Shapes { op, left_name: "the input", left, right_name: "the output", right });
    };
    // Offset of the input row from which a row of the output (counted over the batch) is taken.
    let source = move |row: usize| (row / out_height * height + row % out_height * 2) * width * channels;
    let line = out_width * out_channels;
    let mut output = vec![0.0; batch * out_height * line];
    output.par_chunks_exact_mut(line).enumerate().for_each(|(row, target)| {
        let pixels = x.data[source(row)..][..width * channels].chunks_exact(channels).step_by(2);
        for (target, pixel) in target.chunks_exact_mut(out_channels).zip(pixels) {
            target[before..][..channels].copy_from_slice(pixel);
        }
    });
    let slot = x.slot.clone();
    Ok(recorder.record(&[&x.slot], Arc::new(output), out_shape, move || {
        move |grads, gradient: Vec<f32>| {
            let Some(slot) = slot else { return Ok(()) };
            let mut target = vec![0.0; batch * height * width * channels];
            for (row, gradient) in gradient.chunks_exact(line).enumerate() {
                let pixels = target[source(row)..][..width * channels].chunks_exact_mut(channels).step_by(2);
                for (gradient, pixel) in gradient.chunks_exact(out_channels).zip(pixels) {
                    pixel.copy_from_slice(&gradient[before..][..channels]);
                }
            }
            slot.add(grads, target)
        }
    }))
}

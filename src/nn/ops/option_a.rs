//! The parameter-free shortcut of CIFAR ResNets.

use std::sync::Arc;

use rayon::prelude::*;

use super::check::image;
use crate::nn::{OpError, Recorder, Value};

/// Every second pixel, with zero channels before and after: option A of He et al. 2016, section 4.2.
///
/// `[n, c, h, w]` to `[n, out_channels, ceil(h / 2), ceil(w / 2)]`; torch:
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
    let [batch, channels, height, width] = image(op, "the input", x)?;
    let (out_height, out_width) = (height.div_ceil(2), width.div_ceil(2));
    let out_shape = vec![batch, out_channels, out_height, out_width];
    let new = out_channels.checked_sub(channels).filter(|new| new % 2 == 0);
    let Some(before) = new.map(|new| new / 2) else {
        let (left, right) = (x.shape.clone(), out_shape);
        return Err(OpError::Shapes { op, left_name: "the input", left, right_name: "the output", right });
    };
    let (image_len, pixels) = (channels * height * width, out_height * out_width);
    let skipped = before * pixels;
    let mut output = vec![0.0; batch * out_channels * pixels];
    output.par_chunks_exact_mut(out_channels * pixels).zip(x.data.par_chunks_exact(image_len)).for_each(
        |(target, source)| {
            let kept = target[skipped..].chunks_exact_mut(out_width);
            let rows = source.chunks_exact(height * width).flat_map(|p| p.chunks_exact(width).step_by(2));
            for (target, source) in kept.zip(rows) {
                target.iter_mut().zip(source.iter().step_by(2)).for_each(|(to, from)| *to = *from);
            }
        },
    );
    let slot = x.slot.clone();
    Ok(recorder.record(&[&x.slot], Arc::new(output), out_shape, move || {
        move |grads, gradient: Vec<f32>| {
            let Some(slot) = slot else { return Ok(()) };
            let mut target = vec![0.0; batch * image_len];
            target
                .par_chunks_exact_mut(image_len)
                .zip(gradient.par_chunks_exact(out_channels * pixels))
                .for_each(|(target, source)| {
                    let kept = source[skipped..].chunks_exact(out_width);
                    let planes = target.chunks_exact_mut(height * width);
                    let rows = planes.flat_map(|p| p.chunks_exact_mut(width).step_by(2));
                    for (row, source) in rows.zip(kept) {
                        row.iter_mut().step_by(2).zip(source).for_each(|(to, from)| *to = *from);
                    }
                });
            slot.add(grads, target)
        }
    }))
}

//! Gradient ascent on the input images: corrected images raise the logit of the target class.

use std::sync::Arc;

use camlab_config::{Refine, StepNorm};
use camlab_nn::graph::NodeId;
use camlab_nn::{Images, Network};

/// Smallest and largest input value of each channel.
pub type PixelRange = [[f32; 2]; 3];

/// Corrected images and their logits.
pub(super) struct Refined {
    /// The corrected images.
    pub images: Images,
    /// `[images, classes]`.
    pub logits: Vec<f32>,
    /// Number of forward and backward passes per image.
    pub passes: usize,
}

/// Gradient ascent on the pixels of each image for its class. A step that does not raise the class's logit is undone
/// and halves the image's step length. With `range`, pixels that a step takes out of it are set to its end, before the
/// logit decides on the step: projected gradient ascent.
///
/// # Errors
/// Images or classes that do not suit the network.
pub(super) fn ascend(
    network: &Network,
    images: &Images,
    classes: &[usize],
    refine: &Refine,
    range: Option<PixelRange>,
) -> anyhow::Result<Refined> {
    let size = images.pixels.len() / images.count.max(1);
    let look = |pixels: Vec<f32>| -> anyhow::Result<(Vec<f32>, Arc<Vec<f32>>)> {
        let changed = Images { pixels: Arc::new(pixels), ..*images };
        let seen = network.forward_with_gradients(&changed, &[NodeId(0)], |_| classes.to_vec())?;
        Ok((seen.logits, Arc::clone(&seen.gradients[0].data)))
    };
    let mut pixels = images.pixels.to_vec();
    let mut lengths: Vec<f32> = pixels.chunks_exact(size).map(|one| refine.step_size * extent(one)).collect();
    let (mut logits, gradients) = look(pixels.clone())?;
    let each = logits.len() / images.count.max(1);
    let mut gradients = gradients.to_vec();
    for _ in 0..refine.steps {
        let mut tried = pixels.clone();
        for (at, one) in tried.chunks_exact_mut(size).enumerate() {
            step(one, &gradients[at * size..][..size], lengths[at], refine.norm);
        }
        if let Some(range) = range {
            for pixel in tried.chunks_exact_mut(range.len()) {
                pixel.iter_mut().zip(range).for_each(|(value, [low, high])| *value = value.clamp(low, high));
            }
        }
        let (new_logits, new_gradients) = look(tried.clone())?;
        for (at, class) in classes.iter().enumerate() {
            let (pixel, logit) = (at * size..(at + 1) * size, at * each..(at + 1) * each);
            if new_logits[logit.start + class] > logits[logit.start + class] {
                pixels[pixel.clone()].copy_from_slice(&tried[pixel.clone()]);
                gradients[pixel.clone()].copy_from_slice(&new_gradients[pixel]);
                logits[logit.clone()].copy_from_slice(&new_logits[logit]);
            } else {
                lengths[at] /= 2.0;
            }
        }
    }
    Ok(Refined { images: Images { pixels: Arc::new(pixels), ..*images }, logits, passes: 1 + refine.steps })
}

/// Adds a step along the gradient, of root mean square (`L2`) or per-pixel size (`Linf`) `length`.
fn step(pixels: &mut [f32], gradient: &[f32], length: f32, norm: StepNorm) {
    let scale = match norm {
        StepNorm::L2 => {
            let square: f64 = gradient.iter().map(|g| f64::from(*g).powi(2)).sum();
            (square / gradient.len().max(1) as f64).sqrt() as f32
        }
        StepNorm::Linf => 1.0,
    };
    // A zero gradient gives no direction.
    if scale <= 0.0 {
        return;
    }
    for (pixel, g) in pixels.iter_mut().zip(gradient) {
        *pixel += length
            * match norm {
                StepNorm::L2 => g / scale,
                StepNorm::Linf if *g == 0.0 => 0.0,
                StepNorm::Linf => g.signum(),
            };
    }
}

/// Largest minus smallest value.
fn extent(values: &[f32]) -> f32 {
    let low = values.iter().copied().fold(f32::INFINITY, f32::min);
    let high = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    if high > low { high - low } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use camlab_nn::graph::{GraphBuilder, Window};

    /// A network whose gradient is the same at every pixel of a channel: two classes by a linear layer on channel means.
    fn network() -> Network {
        let (mut b, image) = GraphBuilder::new(3, 1e-5, 0.1);
        let mixed = b.conv("mix", image, 3, Window::square(1, 1, 0));
        let pooled = b.global_avg_pool("pool", mixed);
        let logits = b.linear("fc", pooled, 2);
        let mut network = Network::new(b.finish(logits));
        let identity = vec![1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0];
        network.set("mix.weight", identity).unwrap();
        network.set("fc.weight", vec![1.0, -1.0, 0.5, 0.0, 0.0, 0.0]).unwrap();
        network.set("fc.bias", vec![0.0, 0.0]).unwrap();
        network
    }

    #[test]
    fn pixels_stay_within_the_range() {
        let network = network();
        let pixels: Vec<f32> = (0..4 * 4 * 3).map(|at| [0.9, -0.9, 0.0][at % 3]).collect();
        let images = Images { pixels: pixels.into(), count: 1, height: 4, width: 4 };
        let refine = Refine { steps: 40, step_size: 0.1, norm: StepNorm::Linf, clamp: true };
        let free = ascend(&network, &images, &[0], &refine, None).unwrap();
        let (low, high) = (-1.0, 1.0);
        let kept = ascend(&network, &images, &[0], &refine, Some([[low, high]; 3])).unwrap();
        assert!(free.images.pixels.iter().any(|value| *value > high));
        // The optimum within the box: every channel at the end that its weight asks for.
        for pixel in kept.images.pixels.chunks_exact(3) {
            for (value, end) in pixel.iter().zip([high, low, high]) {
                assert!((value - end).abs() < 1e-6, "{pixel:?}");
            }
        }
        assert!((kept.logits[0] - 2.5).abs() < 1e-5 && free.logits[0] > kept.logits[0]);
    }
}

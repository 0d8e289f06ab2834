//! Gradient ascent on the input images: corrected images raise the logit of the target class.

use std::sync::Arc;

use camlab_config::{Refine, StepNorm};
use camlab_nn::graph::NodeId;
use camlab_nn::{Images, Network};

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
/// and halves the image's step length.
///
/// # Errors
/// Images or classes that do not suit the network.
pub(super) fn ascend(
    network: &Network,
    images: &Images,
    classes: &[usize],
    refine: &Refine,
) -> anyhow::Result<Refined> {
    let size = images.pixels.len() / images.count.max(1);
    let look = |pixels: Vec<f32>| -> anyhow::Result<(Vec<f32>, Arc<Vec<f32>>)> {
        let changed = Images { pixels: Arc::new(pixels), ..*images };
        let seen = network.forward_with_gradients(&changed, &[NodeId(0)], |_| classes.to_vec())?;
        Ok((seen.logits, Arc::clone(&seen.gradients[0].data)))
    };
    let mut pixels = images.pixels.to_vec();
    let mut lengths: Vec<f32> = pixels.chunks_exact(size).map(|one| refine.step_size * range(one)).collect();
    let (mut logits, gradients) = look(pixels.clone())?;
    let each = logits.len() / images.count.max(1);
    let mut gradients = gradients.to_vec();
    for _ in 0..refine.steps {
        let mut tried = pixels.clone();
        for (at, one) in tried.chunks_exact_mut(size).enumerate() {
            step(one, &gradients[at * size..][..size], lengths[at], refine.norm);
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
fn range(values: &[f32]) -> f32 {
    let low = values.iter().copied().fold(f32::INFINITY, f32::min);
    let high = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    if high > low { high - low } else { 0.0 }
}

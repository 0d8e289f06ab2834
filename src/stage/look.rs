//! The passes over a batch of images.

use std::time::Instant;

use super::frozen::{Frozen, Passes, Split};
use super::request::Taps;
use super::target::TargetRule;
use crate::nn::graph::NodeId;
use crate::nn::{Activation, Images};

/// What one batch's passes leave behind.
pub(super) struct Seen {
    images: Images,
    logits: Vec<f32>,
    classes: usize,
    targets: Vec<usize>,
    activations: Vec<Activation>,
    /// The last taps' gradients; the first ones, before the tape begins, have none.
    gradients: Vec<Activation>,
    /// In f32 where the passes were in bf16, by layer: see [`Frozen::exact`].
    exact: Vec<(NodeId, Activation)>,
    seconds: f64,
}

impl Seen {
    /// How many images.
    pub fn count(&self) -> usize {
        self.targets.len()
    }

    /// `[height, width, channels]` of one image.
    pub fn image(&self, image: usize) -> &[f32] {
        let size = self.images.pixels.len() / self.images.count;
        &self.images.pixels[image * size..][..size]
    }

    pub fn logits_of(&self, image: usize) -> &[f32] {
        &self.logits[image * self.classes..][..self.classes]
    }

    pub fn target_of(&self, image: usize) -> usize {
        self.targets[image]
    }

    /// The activation at a tap, by its position.
    pub fn activation(&self, tap: usize) -> &Activation {
        &self.activations[tap]
    }

    /// The activation at a layer as masks are made of it, if it differs from that at the tap.
    pub fn exact(&self, node: NodeId) -> Option<&Activation> {
        self.exact.iter().find(|(known, _)| *known == node).map(|(_, activation)| activation)
    }

    /// The gradient at a tap, if the tape reaches it.
    pub fn gradient(&self, tap: usize) -> Option<&Activation> {
        let before = self.activations.len() - self.gradients.len();
        tap.checked_sub(before).map(|at| &self.gradients[at])
    }

    /// An image's share of the passes, seconds.
    pub fn seconds_each(&self) -> f64 {
        self.seconds / self.count() as f64
    }
}

/// Forward, and backward if a method needs it; `indices` are the images' places in the data set.
pub(super) fn look(
    frozen: &Frozen,
    images: Images,
    taps: &Taps,
    target: &TargetRule,
    indices: &[usize],
) -> anyhow::Result<Seen> {
    let started = Instant::now();
    let choose = |logits: &[f32]| target.choose(logits, indices);
    let (logits, activations, gradients) = match &frozen.passes {
        Passes::Forward(engine) => {
            let seen = engine.forward(&images, &taps.nodes)?;
            (seen.logits, seen.taps, Vec::new())
        }
        Passes::Split(split) => split.run(&images, choose)?,
    };
    if let Some(bad) = logits.iter().find(|logit| !logit.is_finite()) {
        anyhow::bail!("the network answers {bad}: its weights or its input are broken");
    }
    let exact = match &frozen.exact {
        Some(exact) => {
            let seen = exact.engine.forward(&images, &exact.nodes)?;
            exact.nodes.iter().copied().zip(seen.taps).collect()
        }
        None => Vec::new(),
    };
    let classes = logits.len() / indices.len();
    let targets = target.choose(&logits, indices);
    let seconds = started.elapsed().as_secs_f64();
    Ok(Seen { images, logits, classes, targets, activations, gradients, exact, seconds })
}

impl Split {
    /// Class scores, the activations at every tap, and the gradients at those of the tail.
    fn run(
        &self,
        images: &Images,
        targets: impl FnOnce(&[f32]) -> Vec<usize>,
    ) -> anyhow::Result<(Vec<f32>, Vec<Activation>, Vec<Activation>)> {
        let (middle, mut activations) = match &self.front {
            None => (images.clone(), Vec::new()),
            Some(front) => {
                let seen = front.forward(images, &self.front_taps)?;
                let [height, width] = self.grid;
                (Images { pixels: seen.logits.into(), count: images.count, height, width }, seen.taps)
            }
        };
        let seen = self.tail.forward_with_gradients(&middle, &self.tail_taps, targets)?;
        activations.extend(seen.taps);
        Ok((seen.logits, activations, seen.gradients))
    }
}

//! The passes over a batch of images.

use std::time::Instant;

use super::frozen::{Frozen, PassEngines, SplitNetwork};
use super::request::Taps;
use camlab_nn::graph::NodeId;
use camlab_nn::{Activation, Images};

/// What of a batch's passes depends on no target: all of them, or those before the tape begins.
pub(super) struct ForwardPass<'a> {
    frozen: &'a Frozen,
    images: Images,
    early: Early,
    /// In f32 where the passes were in bf16, by layer: see [`Frozen::exact`].
    exact: Vec<(NodeId, Activation)>,
    seconds: f64,
}

enum Early {
    /// Class scores and every tap.
    All { logits: Vec<f32>, taps: Vec<Activation> },
    /// What the tape starts from, and the taps before it.
    Front { middle: Images, taps: Vec<Activation> },
}

/// What one batch's passes leave behind.
pub(super) struct Captured {
    images: Images,
    logits: Vec<f32>,
    classes: usize,
    targets: Vec<usize>,
    activations: Vec<Activation>,
    /// The last taps' gradients; the first ones, before the tape begins, have none.
    gradients: Vec<Activation>,
    exact: Vec<(NodeId, Activation)>,
    seconds: f64,
}

impl<'a> ForwardPass<'a> {
    /// Forward, as far as no target is asked for.
    pub fn new(frozen: &'a Frozen, images: Images, taps: &Taps) -> anyhow::Result<Self> {
        let started = Instant::now();
        let early = match &frozen.passes {
            PassEngines::Forward(engine) => {
                let seen = engine.forward(&images, &taps.nodes)?;
                Early::All { logits: seen.logits, taps: seen.taps }
            }
            PassEngines::Split(split) => split.front(&images)?,
        };
        let exact = match &frozen.exact {
            Some(exact) => {
                let seen = exact.engine.forward(&images, &exact.nodes)?;
                exact.nodes.iter().copied().zip(seen.taps).collect()
            }
            None => Vec::new(),
        };
        Ok(Self { frozen, images, early, exact, seconds: started.elapsed().as_secs_f64() })
    }

    /// The rest of the way, and back if a method needs it; `choose` sees the class scores and gives a class per image.
    /// The time is the whole way's where `first`.
    pub fn seen(&self, first: bool, choose: impl FnOnce(&[f32]) -> Vec<usize>) -> anyhow::Result<Captured> {
        let started = Instant::now();
        let mut targets = Vec::new();
        let (logits, activations, gradients) = match (&self.early, &self.frozen.passes) {
            (Early::Front { middle, taps }, PassEngines::Split(split)) => {
                let seen = split.tail.forward_with_gradients(middle, &split.tail_taps, |logits| {
                    targets = choose(logits);
                    targets.clone()
                })?;
                let activations = taps.iter().cloned().chain(seen.taps).collect();
                (seen.logits, activations, seen.gradients)
            }
            (Early::All { logits, taps }, _) => {
                targets = choose(logits);
                (logits.clone(), taps.clone(), Vec::new())
            }
            (Early::Front { .. }, PassEngines::Forward(_)) => {
                anyhow::bail!("passes in two parts lost the second")
            }
        };
        if let Some(bad) = logits.iter().find(|logit| !logit.is_finite()) {
            anyhow::bail!("the network answers {bad}: its weights or its input are broken");
        }
        let before = if first { self.seconds } else { 0.0 };
        Ok(Captured {
            images: self.images.clone(),
            classes: logits.len() / self.images.count.max(1),
            logits,
            targets,
            activations,
            gradients,
            exact: self.exact.clone(),
            seconds: before + started.elapsed().as_secs_f64(),
        })
    }
}

impl ForwardPass<'_> {
    /// Whether a look for another class takes another pass.
    pub fn goes_on(&self) -> bool {
        matches!(self.early, Early::Front { .. })
    }
}

impl Captured {
    /// How many images.
    pub fn count(&self) -> usize {
        self.images.count
    }

    /// `[height, width, channels]` of one image.
    pub fn image(&self, image: usize) -> &[f32] {
        let size = self.images.pixels.len() / self.images.count;
        &self.images.pixels[image * size..][..size]
    }

    pub fn logits(&self) -> &[f32] {
        &self.logits
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

impl SplitNetwork {
    /// As far as the tape begins.
    fn front(&self, images: &Images) -> anyhow::Result<Early> {
        Ok(match &self.front {
            None => Early::Front { middle: images.clone(), taps: Vec::new() },
            Some(front) => {
                let seen = front.forward(images, &self.front_taps)?;
                let [height, width] = self.grid;
                let middle = Images { pixels: seen.logits.into(), count: images.count, height, width };
                Early::Front { middle, taps: seen.taps }
            }
        })
    }
}

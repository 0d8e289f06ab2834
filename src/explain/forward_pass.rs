//! The forward and backward passes over a batch of images.

use std::time::Instant;

use super::frozen::{Frozen, PassEngines, SplitNetwork};
use super::request::Taps;
use camlab_nn::graph::NodeId;
use camlab_nn::{Activation, Images};

/// The part of a batch's passes that is independent of the target class: the whole forward pass, or that up to the
/// cut where the tape begins.
pub(super) struct ForwardPass<'a> {
    frozen: &'a Frozen,
    images: Images,
    early: Early,
    /// Activations in f32 by layer, if the passes are in bf16: see [`Frozen::exact`].
    exact: Vec<(NodeId, Activation)>,
    seconds: f64,
}

enum Early {
    /// Logits and the activations of every tap.
    All { logits: Vec<f32>, taps: Vec<Activation> },
    /// The activation at the cut (the tape's input) and the taps before it.
    Front { middle: Images, taps: Vec<Activation> },
}

/// Logits, target classes, activations and gradients of one batch.
pub(super) struct Captured {
    images: Images,
    logits: Vec<f32>,
    classes: usize,
    targets: Vec<usize>,
    activations: Vec<Activation>,
    /// Gradients of the last taps; taps before the cut have none.
    gradients: Vec<Activation>,
    exact: Vec<(NodeId, Activation)>,
    seconds: f64,
}

impl<'a> ForwardPass<'a> {
    /// Runs the part of the forward pass that needs no target class.
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

    /// Runs the rest of the forward pass, and the backward pass if a method needs it; `choose` receives the logits
    /// and returns a target class per image. With `first` the time includes the first part of the forward pass.
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
                anyhow::bail!("the forward pass was split, but its second part is missing")
            }
        };
        if let Some(bad) = logits.iter().find(|logit| !logit.is_finite()) {
            anyhow::bail!("a class score is {bad}: a parameter of the network or its input is not finite");
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
    /// `true` if another target class needs another pass from the cut on.
    pub fn goes_on(&self) -> bool {
        matches!(self.early, Early::Front { .. })
    }
}

impl Captured {
    /// Number of images.
    pub fn count(&self) -> usize {
        self.images.count
    }

    /// Pixels of one image, `[height, width, channels]`.
    pub fn image(&self, image: usize) -> &[f32] {
        let size = self.images.pixels.len() / self.images.count;
        &self.images.pixels[image * size..][..size]
    }

    /// Logits of the batch, `[images, classes]`.
    pub fn logits(&self) -> &[f32] {
        &self.logits
    }

    /// Logits of one image.
    pub fn logits_of(&self, image: usize) -> &[f32] {
        &self.logits[image * self.classes..][..self.classes]
    }

    /// Target class of one image.
    pub fn target_of(&self, image: usize) -> usize {
        self.targets[image]
    }

    /// Activations of the batch at the tap with index `tap`.
    pub fn activation(&self, tap: usize) -> &Activation {
        &self.activations[tap]
    }

    /// The f32 activation of a layer, from which masks are made, if the passes are in bf16.
    pub fn exact(&self, node: NodeId) -> Option<&Activation> {
        self.exact.iter().find(|(known, _)| *known == node).map(|(_, activation)| activation)
    }

    /// Gradients of the batch at the tap with index `tap`; `None` for a tap before the cut.
    pub fn gradient(&self, tap: usize) -> Option<&Activation> {
        let before = self.activations.len() - self.gradients.len();
        tap.checked_sub(before).map(|at| &self.gradients[at])
    }

    /// Time of the passes per image, seconds.
    pub fn seconds_each(&self) -> f64 {
        self.seconds / self.count() as f64
    }
}

impl SplitNetwork {
    /// Runs the network up to the cut.
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

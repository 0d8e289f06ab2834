//! The forward and backward passes over a batch of images.

use std::time::Instant;

use super::frozen::{Exact, Frozen};
use super::layers::{LayerEngines, LayerPass};
use super::request::Taps;
use camlab_nn::graph::NodeId;
use camlab_nn::{Activation, Images};

/// The forward pass of a batch, which is independent of the target classes.
pub(super) struct ForwardPass<'a> {
    frozen: &'a Frozen,
    taps: &'a Taps,
    images: Images,
    pass: LayerPass,
    /// Activations in f32 by layer, if the passes are in bf16: see [`Frozen::exact`].
    exact: Vec<(NodeId, Activation)>,
    seconds: f64,
}

/// Logits, target classes, activations and gradients of one batch.
pub(super) struct Captured {
    images: Images,
    logits: Vec<f32>,
    classes: usize,
    targets: Vec<usize>,
    /// By tap.
    activations: Vec<Activation>,
    /// By tap; `None` where no method needs the gradient.
    gradients: Vec<Option<Activation>>,
    exact: Vec<(NodeId, Activation)>,
    seconds: f64,
}

impl<'a> ForwardPass<'a> {
    /// Runs the forward pass.
    pub fn new(frozen: &'a Frozen, images: Images, taps: &'a Taps) -> anyhow::Result<Self> {
        let started = Instant::now();
        let pass = frozen.passes.forward(&images, &taps.nodes)?;
        let mut exact = Vec::new();
        if let Some(Exact { engines, nodes }) = &frozen.exact {
            let pass = engines.forward(&images, nodes)?;
            for node in nodes {
                exact.push((*node, kept(engines, &pass, *node)?));
            }
        }
        Ok(Self { frozen, taps, images, pass, exact, seconds: started.elapsed().as_secs_f64() })
    }

    /// Runs the backward pass if a method needs it; `choose` receives the logits and returns a target class per
    /// image. With `first` the time includes the forward pass.
    pub fn seen(&self, first: bool, choose: impl FnOnce(&[f32]) -> Vec<usize>) -> anyhow::Result<Captured> {
        let started = Instant::now();
        let Self { frozen, taps, pass, .. } = self;
        let logits = self.logits()?;
        let targets = choose(logits);
        let activations = taps.nodes.iter().map(|node| kept(&frozen.passes, pass, *node));
        let activations = activations.collect::<anyhow::Result<_>>()?;
        let mut gradients = vec![None; taps.nodes.len()];
        let found = frozen.passes.gradients(pass, &targets, &taps.differentiated)?;
        for (node, gradient) in taps.differentiated.iter().zip(found) {
            gradients[taps.position(*node)] = Some(gradient);
        }
        let before = if first { self.seconds } else { 0.0 };
        Ok(Captured {
            images: self.images.clone(),
            classes: logits.len() / self.images.count.max(1),
            logits: logits.to_vec(),
            targets,
            activations,
            gradients,
            exact: self.exact.clone(),
            seconds: before + started.elapsed().as_secs_f64(),
        })
    }
}

impl ForwardPass<'_> {
    /// Logits of the batch, `[images, classes]`.
    ///
    /// # Errors
    /// A number that is not finite.
    pub fn logits(&self) -> anyhow::Result<&[f32]> {
        let logits = self.pass.logits();
        match logits.iter().find(|logit| !logit.is_finite()) {
            None => Ok(logits),
            Some(bad) => {
                anyhow::bail!("a class score is {bad}: a parameter of the network or its input is not finite")
            }
        }
    }

    /// Activations of the batch at the earliest layer.
    ///
    /// # Errors
    /// No layer was asked for.
    pub fn earliest(&self) -> anyhow::Result<Activation> {
        let node = self.taps.nodes.first().ok_or_else(|| anyhow::anyhow!("no layer was asked for"))?;
        kept(&self.frozen.passes, &self.pass, *node)
    }
}

/// The activation at a layer of a pass; its data are shared, not copied.
fn kept(engines: &LayerEngines, pass: &LayerPass, node: NodeId) -> anyhow::Result<Activation> {
    let missing = || anyhow::anyhow!("the forward pass kept no activation of node {}", node.0);
    Ok(engines.activation(pass, node).ok_or_else(missing)?.clone())
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

    /// Gradients of the batch at the tap with index `tap`; `None` where no method needs them.
    pub fn gradient(&self, tap: usize) -> Option<&Activation> {
        self.gradients[tap].as_ref()
    }

    /// Time of the passes per image, seconds.
    pub fn seconds_each(&self) -> f64 {
        self.seconds / self.count() as f64
    }
}

//! Gradients of class scores with respect to activations, on a frozen network.

use std::sync::Arc;

use super::backward::{BackwardPass, BackwardStep};
use super::fuse::fuse;
use super::values::KeptValues;
use super::{Engine, EngineError, EngineOptions};
use camlab_nn::graph::NodeId;
use camlab_nn::{Activation, Images, Network};

/// A frozen network that also computes gradients of its class scores, from the output back to one node.
///
/// The backward pass runs the fused steps of the forward pass in reverse, with batch norms folded into the
/// weights, in `f32` whatever the forward pass computes in. Gradients do not depend on the number of images
/// of a call, nor on how far back the passes go.
#[derive(Debug)]
pub struct GradientEngine {
    engine: Engine,
    from: NodeId,
    steps: Vec<BackwardStep>,
}

/// A forward pass over a batch, with what its backward passes read.
#[derive(Debug)]
pub struct Recorded {
    /// `[images, classes]`, before any softmax.
    pub logits: Vec<f32>,
    images: usize,
    kept: KeptValues,
}

impl GradientEngine {
    /// Freezes `network` for gradients with respect to `from` and later nodes.
    ///
    /// # Errors
    /// As [`Engine::freeze`]; a node that no step computes.
    pub fn freeze(network: &Network, options: EngineOptions, from: NodeId) -> Result<Self, EngineError> {
        let extents = network.graph().shapes(options.size[0], options.size[1])?;
        let steps = fuse(network.graph(), &options.keep);
        let later = steps.iter().filter(|step| step.result > from).rev();
        let batch = options.batch.max(1);
        let steps = later.map(|step| BackwardStep::freeze(network, step, &extents, batch, from));
        let steps = steps.collect::<Result<_, _>>()?;
        let engine = Engine::freeze(network, options)?;
        engine.check_tap(from)?;
        Ok(Self { engine, from, steps })
    }

    /// The engine of the forward passes.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Runs a forward pass that keeps `taps` and what a backward pass reads.
    ///
    /// # Errors
    /// As [`Engine::forward`].
    pub fn forward(&self, images: &Images, taps: &[NodeId]) -> Result<Recorded, EngineError> {
        let graph = self.engine.graph();
        let mut kept: Vec<NodeId> = self.steps.iter().flat_map(BackwardStep::reads).collect();
        kept.extend(taps.iter().copied().chain([self.from]));
        kept.sort();
        kept.dedup();
        let seen = self.engine.forward(images, &kept)?;
        let mut values = vec![None; graph.nodes().len()];
        kept.into_iter().zip(seen.taps).for_each(|(node, value)| values[node.0] = Some(value));
        let extents = graph.shapes(images.height, images.width)?;
        Ok(Recorded { logits: seen.logits, images: images.count, kept: KeptValues { extents, values } })
    }

    /// d `logits[i][targets[i]]` / d activation at each of `nodes`, for every image `i`.
    ///
    /// # Errors
    /// [`EngineError::Targets`] unless there is one class per image; a node before the one that the engine was
    /// frozen for, or one that no step computes.
    pub fn gradients(
        &self,
        recorded: &Recorded,
        targets: &[usize],
        nodes: &[NodeId],
    ) -> Result<Vec<Activation>, EngineError> {
        let classes = recorded.logits.len() / recorded.images.max(1);
        if targets.len() != recorded.images || targets.iter().any(|target| *target >= classes) {
            let (targets, images) = (targets.to_vec(), recorded.images);
            return Err(EngineError::Targets { targets, images, classes });
        }
        for node in nodes {
            self.engine.check_tap(*node)?;
            if *node < self.from {
                let name = |node: NodeId| self.engine.graph().node(node).name.clone();
                return Err(EngineError::BeforeGradients { node: name(*node), from: name(self.from) });
            }
        }
        let batch = self.engine.options().batch.max(1);
        let mut found: Vec<Vec<f32>> = vec![Vec::new(); nodes.len()];
        for first in (0..recorded.images).step_by(batch) {
            let count = batch.min(recorded.images - first);
            let mut seed = vec![0.0; count * classes];
            targets[first..first + count].iter().enumerate().for_each(|(image, target)| {
                seed[image * classes + target] = 1.0;
            });
            let pass = BackwardPass {
                kept: &recorded.kept,
                first,
                count,
                from: self.from,
                graph: self.engine.graph(),
            };
            // Enter the thread pool once, as the forward pass does.
            let part = rayon::scope(|_| pass.run(&self.steps, seed, nodes))?;
            found.iter_mut().zip(part).for_each(|(found, part)| found.extend(part));
        }
        let shaped = nodes.iter().zip(found).map(|(node, data)| {
            let (channels, height, width) = recorded.kept.extent(*node).grid();
            Activation { data: Arc::new(data), images: recorded.images, channels, height, width }
        });
        Ok(shaped.collect())
    }
}

impl Recorded {
    /// The activations of the batch at a node, if they were kept.
    pub fn activation(&self, node: NodeId) -> Option<&Activation> {
        self.kept.activation(node)
    }
}

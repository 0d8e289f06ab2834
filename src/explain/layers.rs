//! The engines of the passes over unmasked images.

use super::compute::{ComputeOptions, options};
use camlab_engine::{Engine, EngineError, GradientEngine, Recorded};
use camlab_nn::graph::NodeId;
use camlab_nn::{Activation, Images, Network};

/// Engines that compute logits, and activations and gradients at some layers.
///
/// Every layer has the same activation and the same gradient, to the last bit, whichever other layers are asked for:
/// a layer that is fused with the next (a convolution before its batch norm) has an engine of its own, so that the
/// roundings of all others stay as they are.
pub(super) struct LayerEngines {
    main: GradientEngine,
    own: Vec<InnerLayer>,
}

/// A layer within a fused step.
struct InnerLayer {
    node: NodeId,
    /// The whole network, or without gradients the part up to the layer.
    engine: GradientEngine,
    /// The layer as a node of `engine`.
    kept: NodeId,
}

/// A forward pass of a batch through every engine.
pub(super) struct LayerPass {
    main: Recorded,
    own: Vec<Recorded>,
}

impl LayerEngines {
    /// Compiles engines for the activations at `nodes` and the gradients at `differentiated`, which are among them.
    ///
    /// # Errors
    /// A precision or a size that the network or the machine does not support.
    pub fn new(
        network: &Network,
        nodes: &[NodeId],
        differentiated: &[NodeId],
        numbers: ComputeOptions,
    ) -> Result<Self, EngineError> {
        let output = network.graph().output();
        let results = Engine::results(network.graph());
        let (outside, within): (Vec<NodeId>, Vec<NodeId>) =
            nodes.iter().partition(|node| results.contains(node));
        let earliest = differentiated.iter().filter(|node| outside.contains(node)).min();
        let main =
            GradientEngine::freeze(network, options(numbers, Vec::new()), *earliest.unwrap_or(&output))?;
        let own = within.into_iter().map(|node| match differentiated.contains(&node) {
            true => {
                let engine = GradientEngine::freeze(network, options(numbers, vec![node]), node)?;
                Ok(InnerLayer { node, engine, kept: node })
            }
            false => {
                let part = network.prefix(node);
                let kept = part.graph().output();
                let engine = GradientEngine::freeze(&part, options(numbers, Vec::new()), kept)?;
                Ok(InnerLayer { node, engine, kept })
            }
        });
        Ok(Self { main, own: own.collect::<Result<_, EngineError>>()? })
    }

    /// The whole network.
    pub fn whole(&self) -> &Engine {
        self.main.engine()
    }

    /// Runs the forward passes; `nodes` are those of [`LayerEngines::new`].
    ///
    /// # Errors
    /// Images of another size or channel count than the network's.
    pub fn forward(&self, images: &Images, nodes: &[NodeId]) -> Result<LayerPass, EngineError> {
        let main: Vec<NodeId> = nodes.iter().copied().filter(|node| self.place(*node).is_none()).collect();
        let own = self.own.iter().map(|inner| inner.engine.forward(images, &[inner.kept]));
        Ok(LayerPass { main: self.main.forward(images, &main)?, own: own.collect::<Result<_, _>>()? })
    }

    /// Position of the layer's own engine.
    fn place(&self, node: NodeId) -> Option<usize> {
        self.own.iter().position(|inner| inner.node == node)
    }

    /// The activations at a layer.
    pub fn activation<'a>(&self, pass: &'a LayerPass, node: NodeId) -> Option<&'a Activation> {
        match self.place(node) {
            Some(at) => pass.own[at].activation(self.own[at].kept),
            None => pass.main.activation(node),
        }
    }

    /// Gradients of the target classes' scores at layers that were to be differentiated, in their order.
    ///
    /// # Errors
    /// Classes that the network does not have.
    pub fn gradients(
        &self,
        pass: &LayerPass,
        targets: &[usize],
        nodes: &[NodeId],
    ) -> Result<Vec<Activation>, EngineError> {
        let main: Vec<NodeId> = nodes.iter().copied().filter(|node| self.place(*node).is_none()).collect();
        let mut found = match main.is_empty() {
            true => Vec::new(),
            false => self.main.gradients(&pass.main, targets, &main)?,
        }
        .into_iter();
        let of = |node: &NodeId| match self.place(*node) {
            Some(at) => self.own[at].engine.gradients(&pass.own[at], targets, &[self.own[at].kept]),
            None => Ok(found.next().into_iter().collect()),
        };
        let found: Vec<Vec<Activation>> = nodes.iter().map(of).collect::<Result<_, _>>()?;
        Ok(found.into_iter().flatten().collect())
    }
}

impl LayerPass {
    /// Logits of the batch, `[images, classes]`.
    pub fn logits(&self) -> &[f32] {
        &self.main.logits
    }
}

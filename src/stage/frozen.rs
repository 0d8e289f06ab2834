//! The network as the passes run it: frozen once for a run. The only place of the stages where engines are made.

use crate::engine::{Engine, EngineError, EngineOptions, Precision};
use crate::nn::Network;
use crate::nn::graph::{Graph, NodeId};

use super::request::Taps;

/// Images an engine works on together: enough to use its weights well, few enough for the cache. It decides which
/// algorithms are taken, so it does not follow `data.batch`: results depend on no batch size.
const BATCH: usize = 8;

/// How the passes of a run compute.
#[derive(Debug, Clone, Copy)]
pub(super) struct Numbers {
    /// What engines compute in; gradients are `f32`.
    pub precision: Precision,
    /// `[height, width]` of the images.
    pub size: [usize; 2],
}

/// A network ready to be looked at.
pub(super) struct Frozen<'a> {
    pub network: &'a Network,
    pub numbers: Numbers,
    pub passes: Passes,
}

/// What one pass over a batch runs.
pub(super) enum Passes {
    /// Everything in the engine, which keeps the taps.
    Forward(Engine),
    /// The engine as far as the tape begins, and the tape from there on.
    Split(Split),
}

/// A network in two parts, the second of which is differentiated.
pub(super) struct Split {
    /// Up to the cut; `None` when the tape begins at the images.
    pub front: Option<Engine>,
    /// The taps before the cut, as nodes of `front`.
    pub front_taps: Vec<NodeId>,
    /// From the cut on.
    pub tail: Network,
    /// The other taps, as nodes of `tail`.
    pub tail_taps: Vec<NodeId>,
    /// Rows and columns of the activation at the cut.
    pub grid: [usize; 2],
}

impl<'a> Frozen<'a> {
    /// Freezes what `taps` ask for.
    ///
    /// # Errors
    /// A precision or a size that the network cannot have.
    pub fn new(network: &'a Network, taps: &Taps, numbers: Numbers) -> anyhow::Result<Self> {
        let passes = match taps.gradients_from {
            None => Passes::Forward(freeze(network, numbers, taps.nodes.clone())?),
            Some(from) => Passes::Split(Split::new(network, taps, from, numbers)?),
        };
        Ok(Self { network, numbers, passes })
    }
}

impl Split {
    fn new(network: &Network, taps: &Taps, from: NodeId, numbers: Numbers) -> anyhow::Result<Self> {
        let graph = network.graph();
        let (cut, tail) = cut(network, &taps.nodes, from)?;
        let [height, width] = numbers.size;
        let grid = graph.grid(cut, height, width)?;
        let prefix = (cut != NodeId(0)).then(|| network.prefix(cut));
        let (mut front_taps, mut tail_taps) = (Vec::new(), Vec::new());
        for tap in &taps.nodes {
            let name = &graph.node(*tap).name;
            match tail.graph().find(name) {
                Some(node) => tail_taps.push(node),
                None => front_taps.extend(prefix.as_ref().and_then(|prefix| prefix.graph().find(name))),
            }
        }
        let front = prefix.map(|prefix| freeze(&prefix, numbers, front_taps.clone())).transpose()?;
        Ok(Self { front, front_taps, tail, tail_taps, grid: [grid.0, grid.1] })
    }
}

/// The last node that everything behind it reads alone and that has `from` and every tap after it on its far side (or
/// is `from`), with the network from there on. The images are such a node.
fn cut(network: &Network, taps: &[NodeId], from: NodeId) -> anyhow::Result<(NodeId, Network)> {
    let graph = network.graph();
    let holds = |tail: &Graph| {
        taps.iter().filter(|tap| **tap >= from).all(|tap| tail.find(&graph.node(*tap).name).is_some())
    };
    let mut candidates = graph.ids().rev().filter(|id| *id <= from);
    let found = candidates.find(|cut| graph.tail(*cut).is_ok_and(|tail| holds(&tail)));
    let cut = found.unwrap_or(NodeId(0));
    Ok((cut, network.tail(cut)?))
}

/// An engine for images of this size (or activations of another).
pub(super) fn freeze(network: &Network, numbers: Numbers, keep: Vec<NodeId>) -> Result<Engine, EngineError> {
    let Numbers { precision, size } = numbers;
    Engine::freeze(network, EngineOptions { precision, size, batch: BATCH, keep })
}

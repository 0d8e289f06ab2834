//! The network as the passes run it: frozen once for a run. The only place of the stages where engines are made.

use camlab_engine::{Engine, EngineError, EngineOptions, Precision};
use camlab_nn::Network;
use camlab_nn::graph::{Graph, NodeId};
use camlab_parts::cam::Needs;

use super::request::{Request, Taps};

/// Images an engine works on together: enough to use its weights well, few enough for the cache. It decides which
/// algorithms are taken, so it does not follow `data.batch`: results depend on no batch size.
pub const BATCH: usize = 8;

/// How the passes of a run compute.
#[derive(Debug, Clone, Copy)]
pub struct ComputeOptions {
    /// What engines compute in; gradients are `f32`.
    pub precision: Precision,
    /// `[height, width]` of the images.
    pub size: [usize; 2],
    /// Images that the algorithms are chosen for.
    pub batch: usize,
}

/// A network ready to be looked at.
pub struct Frozen {
    pub network: Network,
    pub numbers: ComputeOptions,
    pub passes: PassEngines,
    /// The whole network, where images under masks are asked for and `passes` has it in parts.
    whole: Option<Engine>,
    /// In f32 where the passes are in bf16: the layers whose channels become masks, whose own rounding would be most
    /// of what a map of thousands of passes loses.
    pub exact: Option<Exact>,
    /// The network behind each layer whose channels are ablated by passes.
    behind: Vec<(NodeId, Engine)>,
}

/// An engine in f32 and what it keeps.
pub struct Exact {
    pub engine: Engine,
    pub nodes: Vec<NodeId>,
}

/// What one pass over a batch runs.
pub enum PassEngines {
    /// Everything in the engine, which keeps the taps.
    Forward(Engine),
    /// The engine as far as the tape begins, and the tape from there on.
    Split(SplitNetwork),
}

/// A network in two parts, the second of which is differentiated.
pub struct SplitNetwork {
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

impl Frozen {
    /// Freezes what `requests` ask for at `taps`.
    ///
    /// # Errors
    /// A precision, a size or a cut that the network cannot have.
    pub fn new(
        network: &Network,
        requests: &[Request],
        taps: &Taps,
        numbers: ComputeOptions,
    ) -> anyhow::Result<Self> {
        let asks = |needs: Needs| requests.iter().filter(move |request| request.cam.needs() == needs);
        let passes = match taps.gradients_from {
            None => PassEngines::Forward(freeze(network, numbers, taps.nodes.clone())?),
            Some(from) => PassEngines::Split(SplitNetwork::new(network, taps, from, numbers)?),
        };
        let masked = asks(Needs::MaskedImages).next().is_some() && matches!(passes, PassEngines::Split(_));
        let whole = masked.then(|| freeze(network, numbers, Vec::new())).transpose()?;
        let exact = match numbers.precision {
            Precision::F32 => None,
            Precision::Bf16 => exact(network, sorted(asks(Needs::MaskedImages)), numbers)?,
        };
        let mut ablated = sorted(asks(Needs::AblatedChannels));
        ablated.retain(|node| !network.graph().feeds_global_pool(*node));
        let behind = ablated.into_iter().map(|node| Ok((node, behind(network, node, numbers)?)));
        let behind = behind.collect::<anyhow::Result<_>>()?;
        Ok(Self { network: network.clone(), numbers, passes, whole, exact, behind })
    }

    /// The whole network, where a request asks for it.
    pub fn whole(&self) -> Option<&Engine> {
        match &self.passes {
            PassEngines::Forward(engine) => Some(engine),
            PassEngines::Split(_) => self.whole.as_ref(),
        }
    }

    /// The network behind a layer, where a request asks for it.
    pub fn behind(&self, node: NodeId) -> Option<&Engine> {
        self.behind.iter().find(|(known, _)| *known == node).map(|(_, engine)| engine)
    }
}

/// The layers of some requests, each once.
fn sorted<'a>(requests: impl Iterator<Item = &'a Request>) -> Vec<NodeId> {
    let mut nodes: Vec<NodeId> = requests.flat_map(|request| request.nodes.iter().copied()).collect();
    nodes.sort();
    nodes.dedup();
    nodes
}

/// The network in f32, if `nodes` are asked for.
fn exact(network: &Network, nodes: Vec<NodeId>, numbers: ComputeOptions) -> anyhow::Result<Option<Exact>> {
    if nodes.is_empty() {
        return Ok(None);
    }
    let engine = freeze(network, ComputeOptions { precision: Precision::F32, ..numbers }, nodes.clone())?;
    Ok(Some(Exact { engine, nodes }))
}

/// The network from a layer on.
fn behind(network: &Network, node: NodeId, numbers: ComputeOptions) -> anyhow::Result<Engine> {
    let [height, width] = numbers.size;
    let grid = network.graph().grid(node, height, width)?;
    Ok(freeze(&network.tail(node)?, ComputeOptions { size: [grid.0, grid.1], ..numbers }, Vec::new())?)
}

impl SplitNetwork {
    fn new(network: &Network, taps: &Taps, from: NodeId, numbers: ComputeOptions) -> anyhow::Result<Self> {
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
pub fn freeze(network: &Network, numbers: ComputeOptions, keep: Vec<NodeId>) -> Result<Engine, EngineError> {
    let ComputeOptions { precision, size, batch } = numbers;
    Engine::freeze(network, EngineOptions { precision, size, batch, keep })
}

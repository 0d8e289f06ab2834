//! The network compiled into inference engines, once per run. Stages create engines only here.

use camlab_engine::{Engine, EngineError, EngineOptions, Precision};
use camlab_nn::Network;
use camlab_nn::graph::{Graph, NodeId};
use camlab_parts::cam::Needs;

use super::request::{Request, Taps};

/// Images per engine batch: enough to reuse the weights, few enough for the CPU cache. It determines the choice of
/// algorithms, so it is independent of `data.batch`: results depend on no batch size.
pub const BATCH: usize = 8;

/// Precision and sizes of the passes of a run.
#[derive(Debug, Clone, Copy)]
pub struct ComputeOptions {
    /// Number format of the engines; gradients are always `f32`.
    pub precision: Precision,
    /// `[height, width]` of the images.
    pub size: [usize; 2],
    /// Batch size that the algorithms are chosen for.
    pub batch: usize,
}

/// A network with every engine that the requests of a run need.
pub struct Frozen {
    /// The network itself, in f32.
    pub network: Network,
    /// Precision and sizes of the engines.
    pub numbers: ComputeOptions,
    /// The engines of the passes over the unmasked images.
    pub passes: PassEngines,
    /// The whole network, if masked images are requested and `passes` holds the network in two parts.
    whole: Option<Engine>,
    /// For passes in bf16: an f32 engine for the layers whose channels become masks, because rounded masks would
    /// cause most of the error of a map made from thousands of passes.
    pub exact: Option<Exact>,
    /// The network downstream of each layer whose channels are ablated by forward passes.
    behind: Vec<(NodeId, Engine)>,
}

/// An f32 engine and the layers whose activations it keeps.
pub struct Exact {
    /// The whole network in f32.
    pub engine: Engine,
    /// The layers whose activations it keeps.
    pub nodes: Vec<NodeId>,
}

/// The engines that one pass over a batch runs.
pub enum PassEngines {
    /// No gradients: the whole network in one engine, which keeps the tapped activations.
    Forward(Engine),
    /// With gradients: an engine up to the cut, the differentiated network (tape) from there on.
    Split(SplitNetwork),
}

/// A network cut in two parts, the second of which is differentiated on the tape.
pub struct SplitNetwork {
    /// The network up to the cut; `None` if the tape begins at the images.
    pub front: Option<Engine>,
    /// The taps before the cut, as nodes of `front`.
    pub front_taps: Vec<NodeId>,
    /// The network from the cut on.
    pub tail: Network,
    /// The other taps, as nodes of `tail`.
    pub tail_taps: Vec<NodeId>,
    /// `[height, width]` of the activation at the cut.
    pub grid: [usize; 2],
}

impl Frozen {
    /// Compiles the engines that `requests` need; `taps` are the layers that they read.
    ///
    /// # Errors
    /// A precision or a size that the network or the machine does not support, a layer that it cannot be cut at.
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

    /// The whole network in one engine, if a request needs it.
    pub fn whole(&self) -> Option<&Engine> {
        match &self.passes {
            PassEngines::Forward(engine) => Some(engine),
            PassEngines::Split(_) => self.whole.as_ref(),
        }
    }

    /// The network downstream of a layer, if a request needs it.
    pub fn behind(&self, node: NodeId) -> Option<&Engine> {
        self.behind.iter().find(|(known, _)| *known == node).map(|(_, engine)| engine)
    }
}

/// The layers of some requests, sorted, without duplicates.
fn sorted<'a>(requests: impl Iterator<Item = &'a Request>) -> Vec<NodeId> {
    let mut nodes: Vec<NodeId> = requests.flat_map(|request| request.nodes.iter().copied()).collect();
    nodes.sort();
    nodes.dedup();
    nodes
}

/// The network in f32, unless `nodes` is empty.
fn exact(network: &Network, nodes: Vec<NodeId>, numbers: ComputeOptions) -> anyhow::Result<Option<Exact>> {
    if nodes.is_empty() {
        return Ok(None);
    }
    let engine = freeze(network, ComputeOptions { precision: Precision::F32, ..numbers }, nodes.clone())?;
    Ok(Some(Exact { engine, nodes }))
}

/// The network downstream of a layer.
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

/// The last node at or before `from` such that the later nodes read no earlier node but it, and such that the part of
/// the network from there on holds `from` and every tap after it; with that part. The input node always qualifies.
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

/// An engine for `network` that keeps the activations of `keep`; `numbers.size` is the size of its input, images or
/// activations.
///
/// # Errors
/// A precision or a size that the network or the machine does not support.
pub fn freeze(network: &Network, numbers: ComputeOptions, keep: Vec<NodeId>) -> Result<Engine, EngineError> {
    let ComputeOptions { precision, size, batch } = numbers;
    Engine::freeze(network, EngineOptions { precision, size, batch, keep })
}

//! The network compiled into the inference engines that the requests of a run need.

use camlab_engine::{Engine, Precision};
use camlab_nn::Network;
use camlab_nn::graph::NodeId;
use camlab_parts::cam::Needs;

use super::compute::{ComputeOptions, freeze};
use super::layers::LayerEngines;
use super::request::{Request, Taps, sorted};

/// A network with every engine that the requests of a run need.
pub(super) struct Frozen {
    /// The network itself, in f32.
    pub network: Network,
    /// Precision and sizes of the engines.
    pub numbers: ComputeOptions,
    /// The engines of the passes over the unmasked images.
    pub passes: LayerEngines,
    /// For passes in bf16: f32 engines for the layers whose channels become masks, because rounded masks would
    /// cause most of the error of a map made from thousands of passes.
    pub exact: Option<Exact>,
    /// The network downstream of each layer whose channels are ablated by forward passes.
    behind: Vec<(NodeId, Engine)>,
}

/// f32 engines and the layers whose activations they compute.
pub(super) struct Exact {
    /// The engines.
    pub engines: LayerEngines,
    /// The layers.
    pub nodes: Vec<NodeId>,
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
        let passes = LayerEngines::new(network, &taps.nodes, &taps.differentiated, numbers)?;
        let masked = sorted(asks(Needs::MaskedImages));
        let exact = match numbers.precision {
            Precision::Bf16 if !masked.is_empty() => {
                let numbers = ComputeOptions { precision: Precision::F32, ..numbers };
                Some(Exact { engines: LayerEngines::new(network, &masked, &[], numbers)?, nodes: masked })
            }
            Precision::F32 | Precision::Bf16 => None,
        };
        let mut ablated = sorted(asks(Needs::AblatedChannels));
        ablated.retain(|node| !network.graph().feeds_global_pool(*node));
        let behind = ablated.into_iter().map(|node| Ok((node, behind(network, node, numbers)?)));
        let behind = behind.collect::<anyhow::Result<_>>()?;
        Ok(Self { network: network.clone(), numbers, passes, exact, behind })
    }

    /// The network downstream of a layer, if a request needs it.
    pub fn behind(&self, node: NodeId) -> Option<&Engine> {
        self.behind.iter().find(|(known, _)| *known == node).map(|(_, engine)| engine)
    }
}

/// The network downstream of a layer.
fn behind(network: &Network, node: NodeId, numbers: ComputeOptions) -> anyhow::Result<Engine> {
    let [height, width] = numbers.size;
    let grid = network.graph().grid(node, height, width)?;
    Ok(freeze(&network.tail(node)?, ComputeOptions { size: [grid.0, grid.1], ..numbers }, Vec::new())?)
}

use super::StageError;
use crate::nn::Network;
use crate::nn::graph::NodeId;
use crate::parts::cam::{Cam, Needs};
use crate::plan::Passes;
use crate::spec::Combine;

/// A stage as the passes see it.
pub(super) struct Request<'a> {
    pub cam: &'a dyn Cam,
    pub nodes: Vec<NodeId>,
    pub combine: Option<Combine>,
}

impl<'a> Request<'a> {
    /// What a stage's passes are for.
    pub fn new(passes: &'a Passes, network: &Network) -> anyhow::Result<Self> {
        let cam = passes.method.cam().ok_or_else(|| {
            StageError::Input(format!("`{}` is a baseline and makes no map of a layer", passes.method.name()))
        })?;
        let nodes = passes.layers.iter().map(|layer| network.graph().tap(layer)).collect::<Result<_, _>>()?;
        Ok(Self { cam, nodes, combine: passes.combine })
    }

    /// A request for one layer, outside any plan.
    pub fn single(cam: &'a dyn Cam, node: NodeId) -> Self {
        Self { cam, nodes: vec![node], combine: None }
    }
}

/// Every layer that any request looks at, once, in the order of the data flow; and where gradients are wanted.
pub(super) struct Taps {
    pub nodes: Vec<NodeId>,
    /// The earliest layer whose gradient is wanted.
    pub gradients_from: Option<NodeId>,
}

impl Taps {
    pub fn new(requests: &[Request<'_>]) -> Self {
        let mut nodes: Vec<NodeId> = requests.iter().flat_map(|request| request.nodes.clone()).collect();
        nodes.sort();
        nodes.dedup();
        let differentiated = requests.iter().filter(|request| request.cam.needs() == Needs::Gradients);
        let gradients_from = differentiated.flat_map(|request| request.nodes.clone()).min();
        Self { nodes, gradients_from }
    }

    /// A layer's place among `nodes`.
    pub fn position(&self, node: NodeId) -> usize {
        self.nodes.iter().position(|tap| *tap == node).unwrap_or(0)
    }
}

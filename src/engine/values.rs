use camlab_nn::Activation;
use camlab_nn::graph::{Extent, NodeId};

/// Values of a forward pass that are kept for backward passes.
#[derive(Debug)]
pub(super) struct KeptValues {
    /// Shapes by node.
    pub extents: Vec<Extent>,
    /// Activations by node; `None` for those that nothing reads.
    pub values: Vec<Option<Activation>>,
}

impl KeptValues {
    /// The activations of the batch at a node, if they were kept.
    pub fn activation(&self, node: NodeId) -> Option<&Activation> {
        self.values[node.0].as_ref()
    }

    /// Shape of one image's activation at a node.
    pub fn extent(&self, node: NodeId) -> Extent {
        self.extents[node.0]
    }
}

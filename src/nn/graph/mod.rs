//! A backbone as data: named nodes in the order of the data flow, under torchvision's names.
//!
//! [`crate::Network`] interprets a graph on dfdx's tape; a compiler for inference may read the same graph.

mod builder;
mod cost;
mod cut;
mod describe;
mod error;
mod head;
mod op;
mod parameters;
mod shapes;
mod uses;

pub use builder::GraphBuilder;
pub use error::GraphError;
pub use head::Head;
pub use op::{Op, Window};
pub use parameters::{ParameterKind, ParameterSpec};
pub use shapes::Extent;

/// The place of a node in its graph; nodes are stored in an order in which inputs come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub usize);

/// One operation of a graph.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The name torchvision's feature extraction gives the node, unique in its graph: `layer1.0.conv2`.
    pub name: String,
    /// What it computes.
    pub op: Op,
    /// What it computes it from, in the operation's order.
    pub inputs: Vec<NodeId>,
}

/// A name under which an activation can be asked for, and the node that computes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tap {
    /// A node's name, or a module's as a torch hook sees it: `layer4` (a stage's output), `layer4.2` (a block's).
    pub name: String,
    /// The node whose output it names.
    pub node: NodeId,
}

/// A network's architecture: nodes, the names of its activations and which node is the output.
#[derive(Debug, Clone, PartialEq)]
pub struct Graph {
    nodes: Vec<Node>,
    taps: Vec<Tap>,
    output: NodeId,
}

impl Graph {
    /// Every node, inputs before their users.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The node `id` names.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0]
    }

    /// The place of every node, in order.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = NodeId> + use<> {
        (0..self.nodes.len()).map(NodeId)
    }

    /// The node whose output is the graph's: the logits of a whole backbone.
    pub fn output(&self) -> NodeId {
        self.output
    }

    /// Channels of the graph's input (3 for a whole backbone).
    pub fn input_channels(&self) -> usize {
        match self.nodes[0].op {
            Op::Input { channels } => channels,
            _ => 0,
        }
    }

    /// Every name an activation can be asked for by, in the order of the data flow.
    pub fn taps(&self) -> &[Tap] {
        &self.taps
    }

    /// The node that has this name itself, as parts of a graph keep it: no module's name.
    pub fn find(&self, name: &str) -> Option<NodeId> {
        self.nodes.iter().position(|node| node.name == name).map(NodeId)
    }

    /// The node behind a tap's name.
    ///
    /// # Errors
    /// [`GraphError::UnknownTap`] with the closest name and the stages' names.
    pub fn tap(&self, name: &str) -> Result<NodeId, GraphError> {
        let found = self.taps.iter().find(|tap| tap.name == name).map(|tap| tap.node);
        found.ok_or_else(|| GraphError::unknown_tap(name, &self.taps))
    }
}

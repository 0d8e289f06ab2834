//! A backbone as data: named nodes in the order of the data flow, with torchvision's names.
//!
//! [`crate::Network`] runs a graph on dfdx's tape; the inference engine compiles the same graph.

mod builder;
mod cam_layers;
mod cost;
mod cut;
mod describe;
mod error;
pub mod function;
mod head;
pub mod layer;
mod op;
mod parameters;
mod shapes;
mod uses;

pub use builder::GraphBuilder;
pub use cam_layers::CamLayerRole;
pub use error::GraphError;
pub use function::{Function, ScalarFunction};
pub use head::Head;
pub use layer::{Layer, LayerFunction};
pub use op::{Op, Pooling, Window};
pub use parameters::{ParameterKind, ParameterSpec};
pub use shapes::Extent;

use crate::ClassProbabilities;

/// Index of a node in its graph; nodes are stored in an order in which inputs come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub usize);

/// One operation of a graph.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Name of the node in torchvision's feature extraction, unique in its graph: `layer1.0.conv2`.
    pub name: String,
    /// The operation.
    pub op: Op,
    /// Input nodes, in the operation's order.
    pub inputs: Vec<NodeId>,
}

/// A name by which an activation can be requested, and the node that computes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tap {
    /// A node's name, or the name of the module whose output a PyTorch hook would receive: `layer4` (a
    /// stage's output), `layer4.2` (a block's).
    pub name: String,
    /// The node whose output it names.
    pub node: NodeId,
}

/// A network's architecture: nodes, the names of its activations, and the output node.
#[derive(Debug, Clone, PartialEq)]
pub struct Graph {
    nodes: Vec<Node>,
    taps: Vec<Tap>,
    output: NodeId,
    probabilities: ClassProbabilities,
}

impl Graph {
    /// A graph of nodes in an order in which inputs come first, the first of them its input. Names of nodes are unique, taps
    /// name them and others.
    pub fn new(nodes: Vec<Node>, taps: Vec<Tap>, output: NodeId) -> Self {
        Self { nodes, taps, output, probabilities: ClassProbabilities::default() }
    }

    /// All nodes, inputs before their users.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The node with index `id`.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0]
    }

    /// Indices of all nodes, in order.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = NodeId> + use<> {
        (0..self.nodes.len()).map(NodeId)
    }

    /// The output node: the logits of a whole backbone.
    pub fn output(&self) -> NodeId {
        self.output
    }

    /// The probabilities that the output stands for: the softmax unless [`Self::with_probabilities`] says otherwise.
    pub fn probabilities(&self) -> ClassProbabilities {
        self.probabilities
    }

    /// The same network, whose class scores stand for these probabilities.
    pub fn with_probabilities(self, probabilities: ClassProbabilities) -> Self {
        Self { probabilities, ..self }
    }

    /// Channels of the graph's input (3 for a whole backbone).
    pub fn input_channels(&self) -> usize {
        match self.nodes[0].op {
            Op::Input { channels } => channels,
            _ => 0,
        }
    }

    /// All names by which activations can be requested, in the order of the data flow.
    pub fn taps(&self) -> &[Tap] {
        &self.taps
    }

    /// The node of this name, which subgraphs keep; names of modules do not count.
    pub fn find(&self, name: &str) -> Option<NodeId> {
        self.nodes.iter().position(|node| node.name == name).map(NodeId)
    }

    /// The node that computes the activation of this name.
    ///
    /// # Errors
    /// [`GraphError::UnknownTap`] with the closest name and the stages' names.
    pub fn tap(&self, name: &str) -> Result<NodeId, GraphError> {
        let found = self.taps.iter().find(|tap| tap.name == name).map(|tap| tap.node);
        found.ok_or_else(|| GraphError::unknown_tap(name, &self.taps))
    }
}

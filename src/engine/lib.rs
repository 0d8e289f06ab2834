//! A trained network frozen for inference: batch norms folded, operations fused, filters packed, buffers
//! planned.
//!
//! [`camlab_nn::Network`] is trained; an [`Engine`] computes values: features, class scores, the many forward
//! passes of Score-CAM and Ablation-CAM, evaluation. A [`GradientEngine`] computes gradients of class scores with
//! respect to activations as well.

mod affine;
mod backward;
mod buffers;
mod error;
mod freeze;
mod fuse;
mod memo;
mod number;
mod pass_count;
mod precision;
mod recorded;
mod run;
mod spans;
mod values;
mod variants;

use camlab_nn::Network;
use camlab_nn::graph::{Graph, NodeId};

pub use error::EngineError;
pub use memo::{Memo, MemoBudget};
pub use pass_count::PassCount;
pub use precision::Precision;
pub use recorded::{GradientEngine, Recorded};
pub use variants::Variants;

use buffers::BufferPool;
use freeze::Program;

/// Options for freezing a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineOptions {
    /// Precision of the computation.
    pub precision: Precision,
    /// Planned image size, `[height, width]`; others work too, but slower.
    pub size: [usize; 2],
    /// Images per batch; more are split into several batches. Algorithms are chosen for this batch, so
    /// results do not depend on the number of images of a call.
    pub batch: usize,
    /// Nodes whose activations may be requested though operations that follow could be fused with theirs; they
    /// are then computed apart, which changes roundings.
    pub keep: Vec<NodeId>,
}

/// A network frozen for inference.
#[derive(Debug)]
pub struct Engine {
    graph: Graph,
    options: EngineOptions,
    program: TypedProgram,
}

/// The program in the requested precision.
#[derive(Debug)]
enum TypedProgram {
    F32(Program<f32>, BufferPool<f32>),
    Bf16(Program<half::bf16>, BufferPool<half::bf16>),
}

impl Engine {
    /// Freezes `network`.
    ///
    /// # Errors
    /// [`EngineError`] for an image size that does not fit the graph, an unsupported node, or a precision
    /// that this machine does not support.
    pub fn freeze(network: &Network, options: EngineOptions) -> Result<Self, EngineError> {
        let program = match options.precision {
            Precision::F32 => TypedProgram::F32(Program::freeze(network, &options)?, BufferPool::default()),
            Precision::Bf16 if !options.precision.is_available() => return Err(EngineError::NoBf16),
            Precision::Bf16 => TypedProgram::Bf16(Program::freeze(network, &options)?, BufferPool::default()),
        };
        Ok(Self { graph: network.graph().clone(), options, program })
    }

    /// Graph of the network.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Options with which it was frozen.
    pub fn options(&self) -> &EngineOptions {
        &self.options
    }

    /// `true` if a step computes the value of this node: it was asked for when the engine was frozen, or no
    /// later operation was fused with it.
    pub fn computes(&self, node: NodeId) -> bool {
        node == NodeId(0)
            || match &self.program {
                TypedProgram::F32(program, _) => program.steps.iter().any(|step| step.result == node),
                TypedProgram::Bf16(program, _) => program.steps.iter().any(|step| step.result == node),
            }
    }

    /// The nodes whose values engines for `graph` compute though none was asked for: the input, and every node that
    /// no later operation is fused with.
    pub fn results(graph: &Graph) -> Vec<NodeId> {
        let fused = fuse::fuse(graph, &[]);
        std::iter::once(NodeId(0)).chain(fused.into_iter().map(|fused| fused.result)).collect()
    }

    fn check_tap(&self, node: NodeId) -> Result<(), EngineError> {
        if self.computes(node) { Ok(()) } else { Err(self.not_kept(node)) }
    }

    fn not_kept(&self, node: NodeId) -> EngineError {
        EngineError::NotKept { node: self.graph.node(node).name.clone() }
    }

    /// Size of the packed weights in bytes.
    pub fn weight_bytes(&self) -> usize {
        match &self.program {
            TypedProgram::F32(program, _) => program.bytes(),
            TypedProgram::Bf16(program, _) => program.bytes(),
        }
    }
}

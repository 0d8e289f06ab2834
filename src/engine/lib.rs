//! A trained network frozen for inference: batch norms folded, operations fused, filters packed, buffers
//! planned.
//!
//! [`camlab_nn::Network`] is trained and differentiated; an [`Engine`] computes values only: features, class
//! scores, the many forward passes of Score-CAM and Ablation-CAM, evaluation.

mod affine;
mod buffers;
mod error;
mod freeze;
mod fuse;
mod memo;
mod number;
mod pass_count;
mod precision;
mod run;
mod variants;

use camlab_nn::Network;
use camlab_nn::graph::{Graph, NodeId};

pub use error::EngineError;
pub use memo::{Memo, MemoBudget};
pub use pass_count::PassCount;
pub use precision::Precision;
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
    /// Nodes whose activations may be requested; all others may be fused and never stored.
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

    /// Size of the packed weights in bytes.
    pub fn weight_bytes(&self) -> usize {
        match &self.program {
            TypedProgram::F32(program, _) => program.bytes(),
            TypedProgram::Bf16(program, _) => program.bytes(),
        }
    }
}

//! A trained network frozen for inference: batch norms folded, operations fused, filters packed, buffers planned.
//!
//! [`camlab_nn::Network`] is what is trained and differentiated; an [`Engine`] is what is run when only values are
//! wanted: features, class scores, Score-CAM's and Ablation-CAM's many forward passes, evaluation.

mod affine;
mod buffers;
mod error;
mod freeze;
mod fuse;
mod memo;
mod number;
mod precision;
mod run;
mod tally;
mod variants;

use camlab_nn::Network;
use camlab_nn::graph::{Graph, NodeId};

pub use error::EngineError;
pub use memo::{Memo, MemoBudget};
pub use precision::Precision;
pub use tally::PassCount;
pub use variants::Variants;

use buffers::BufferPool;
use freeze::Program;

/// How a network is frozen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineOptions {
    /// What numbers it computes in.
    pub precision: Precision,
    /// `[height, width]` of the images it is planned for; others work too, at less speed.
    pub size: [usize; 2],
    /// Images it works on together; more are taken in turns. Algorithms are chosen for this batch, and results do not
    /// depend on how many images a call brings.
    pub batch: usize,
    /// The nodes whose activations may be asked for: what is fused across any other is never stored.
    pub keep: Vec<NodeId>,
}

/// A frozen network.
#[derive(Debug)]
pub struct Engine {
    graph: Graph,
    options: EngineOptions,
    program: TypedProgram,
}

/// The program in the precision asked for.
#[derive(Debug)]
enum TypedProgram {
    F32(Program<f32>, BufferPool<f32>),
    Bf16(Program<half::bf16>, BufferPool<half::bf16>),
}

impl Engine {
    /// Freezes `network`.
    ///
    /// # Errors
    /// [`EngineError`] for a size that does not suit the graph, or a precision that this machine does not have.
    pub fn freeze(network: &Network, options: EngineOptions) -> Result<Self, EngineError> {
        let program = match options.precision {
            Precision::F32 => TypedProgram::F32(Program::freeze(network, &options)?, BufferPool::default()),
            Precision::Bf16 if !options.precision.is_available() => return Err(EngineError::NoBf16),
            Precision::Bf16 => TypedProgram::Bf16(Program::freeze(network, &options)?, BufferPool::default()),
        };
        Ok(Self { graph: network.graph().clone(), options, program })
    }

    /// The architecture.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// How it was frozen.
    pub fn options(&self) -> &EngineOptions {
        &self.options
    }

    /// Bytes of packed weights.
    pub fn weight_bytes(&self) -> usize {
        match &self.program {
            TypedProgram::F32(program, _) => program.bytes(),
            TypedProgram::Bf16(program, _) => program.bytes(),
        }
    }
}

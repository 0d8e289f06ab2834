//! Engines of a run: their precision, size and batch.

use camlab_engine::{Engine, EngineError, EngineOptions, Precision};
use camlab_nn::Network;
use camlab_nn::graph::NodeId;

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

/// An engine for `network` that keeps the activations of `keep`; `numbers.size` is the size of its input, images or
/// activations.
///
/// # Errors
/// A precision or a size that the network or the machine does not support.
pub fn freeze(network: &Network, numbers: ComputeOptions, keep: Vec<NodeId>) -> Result<Engine, EngineError> {
    Engine::freeze(network, options(numbers, keep))
}

/// The options of an engine that keeps the activations of `keep`.
pub(super) fn options(numbers: ComputeOptions, keep: Vec<NodeId>) -> EngineOptions {
    let ComputeOptions { precision, size, batch } = numbers;
    EngineOptions { precision, size, batch, keep }
}

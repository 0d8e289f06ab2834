//! What flows between the ops: data of ours, identity of dfdx's.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use dfdx::tensor::{Cpu, Tensor};

/// The identity under which dfdx's `Gradients` keep a gradient.
///
/// dfdx lends no borrow of a tensor's buffer, so activations keep their data in [`Value`] and only their
/// identity in dfdx: a scalar tensor whose gradient buffer the ops resize to the activation's length.
#[derive(Clone)]
pub enum Slot {
    /// An activation's.
    Activation {
        /// The identity.
        id: Tensor<(), f32, Cpu>,
        /// Whether the gradient outlives the backward pass (a tap).
        kept: Arc<AtomicBool>,
    },
    /// A parameter's: the tensor that dfdx's optimisers update.
    Parameter(Tensor<(usize,), f32, Cpu>),
}

/// A tensor between two ops: shared row-major data and, when a gradient is wanted, the place it goes to.
#[derive(Clone)]
pub struct Value {
    /// The elements, row-major.
    pub data: Arc<Vec<f32>>,
    /// The dimensions, outermost first: `[n, h, w, c]` for images, `[n, c]` for logits, torch's for parameters.
    pub shape: Vec<usize>,
    /// Where the gradient goes; `None` when nothing upstream wants one.
    pub slot: Option<Slot>,
}

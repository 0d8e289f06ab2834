//! Values passed between the ops: data held here, gradients identified by dfdx.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use dfdx::tensor::{Cpu, Tensor};

/// The identity under which dfdx's `Gradients` keep a gradient.
///
/// dfdx does not lend a tensor's buffer, so activations keep their data in [`Value`] and only their identity
/// in dfdx: a scalar tensor whose gradient buffer the ops resize to the activation's length.
#[derive(Clone)]
pub enum Slot {
    /// Slot of an activation.
    Activation {
        /// Identity in dfdx.
        id: Tensor<(), f32, Cpu>,
        /// True if the gradient is kept after the backward pass (a tap).
        kept: Arc<AtomicBool>,
    },
    /// Slot of a parameter: the tensor that dfdx's optimisers update.
    Parameter(Tensor<(usize,), f32, Cpu>),
}

/// A tensor between two ops: shared row-major data and, if a gradient is required, its slot.
#[derive(Clone)]
pub struct Value {
    /// The elements, row-major.
    pub data: Arc<Vec<f32>>,
    /// Shape, outermost first: `[n, h, w, c]` for images, `[n, c]` for logits, PyTorch's order for
    /// parameters.
    pub shape: Vec<usize>,
    /// Slot of the gradient; `None` if no gradient is required.
    pub slot: Option<Slot>,
}

//! The tape, on which ops record their backward pass.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use dfdx::tensor::{Cpu, CpuError, OwnedTape, PutTape, Tape, Tensor, TensorFromVec};

use super::gradient::Grads;
use super::{OpError, Slot, Value};

/// `[n, c]` logits that carry the tape: the input of dfdx's losses.
pub type Logits = Tensor<(usize, usize), f32, Cpu, OwnedTape<f32, Cpu>>;

/// Records ops in order on a dfdx tape.
///
/// An op none of whose inputs requires a gradient records nothing and keeps nothing, so a forward pass
/// without trainable parameters or leaves costs no memory.
pub struct Recorder {
    device: Cpu,
    tape: OwnedTape<f32, Cpu>,
}

impl Recorder {
    /// An empty tape.
    pub fn new(device: &Cpu) -> Self {
        Self { device: device.clone(), tape: OwnedTape::default() }
    }

    /// A value that requires a gradient: an input, or the activation from which the rest of a network runs.
    pub fn leaf(&self, data: Arc<Vec<f32>>, shape: Vec<usize>) -> Value {
        Value { data, shape, slot: Some(self.slot()) }
    }

    /// A value without a gradient.
    pub fn constant(&self, data: Arc<Vec<f32>>, shape: Vec<usize>) -> Value {
        Value { data, shape, slot: None }
    }

    /// Keeps the gradient of `value` after the backward pass, for [`super::take_gradient`].
    ///
    /// Otherwise an activation's gradient is freed as soon as it has been propagated. A leaf and a parameter
    /// always keep theirs.
    pub fn keep(&mut self, value: &Value) {
        if let Some(Slot::Activation { kept, .. }) = &value.slot {
            kept.store(true, Ordering::Relaxed);
        }
    }

    /// Passes `[n, c]` logits to dfdx: a tensor carrying the tape, on which its losses and `backward` work.
    ///
    /// # Errors
    /// Logits without two dimensions.
    pub fn into_logits(mut self, logits: &Value) -> Result<Logits, OpError> {
        let op = "logits";
        let &[rows, classes] = &logits.shape[..] else {
            let found = logits.shape.clone();
            return Err(OpError::Rank { op, what: "logits", expected: "[n, c]", found });
        };
        let tensor = self
            .device
            .try_tensor_from_vec(logits.data.to_vec(), (rows, classes))
            .map_err(|error| OpError::Dfdx { op, message: error.to_string() })?;
        if let Some(slot) = logits.slot.clone() {
            let id = tensor.clone();
            self.tape.add_backward_op(move |grads| {
                let gradient = std::mem::take(&mut **grads.get_or_alloc_mut(&id)?);
                slot.add(grads, gradient)
            });
        }
        Ok(tensor.put_tape(self.tape))
    }

    /// Returns the output of an op and records its backward pass.
    ///
    /// `backward` receives the output's gradient and propagates it; it is built and recorded only if one of
    /// `inputs` requires a gradient, and run only if a gradient arrives.
    pub(super) fn record<B>(
        &mut self,
        inputs: &[&Option<Slot>],
        data: Arc<Vec<f32>>,
        shape: Vec<usize>,
        backward: impl FnOnce() -> B,
    ) -> Value
    where
        B: FnOnce(&mut Grads, Vec<f32>) -> Result<(), CpuError> + 'static,
    {
        if inputs.iter().all(|slot| slot.is_none()) {
            return Value { data, shape, slot: None };
        }
        let slot = self.slot();
        let (output, len, backward) = (slot.clone(), data.len(), backward());
        self.tape.add_backward_op(move |grads| match output.consume(grads, len)? {
            Some(gradient) => backward(grads, gradient),
            None => Ok(()),
        });
        Value { data, shape, slot: Some(slot) }
    }

    fn slot(&self) -> Slot {
        Slot::new(&self.device)
    }
}

/// A parameter: `data` is the content of `tensor`, in `shape`; it has a gradient if `trainable`.
pub fn parameter(
    tensor: &Tensor<(usize,), f32, Cpu>,
    data: Arc<Vec<f32>>,
    shape: Vec<usize>,
    trainable: bool,
) -> Value {
    Value { data, shape, slot: trainable.then(|| Slot::Parameter(tensor.clone())) }
}

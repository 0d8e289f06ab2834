//! The tape: ops record here what the backward pass has to do.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use dfdx::tensor::{Cpu, CpuError, OwnedTape, PutTape, Tape, Tensor, TensorFromVec};

use super::gradient::Grads;
use super::{OpError, Slot, Value};

/// `[n, c]` logits that carry the tape: what dfdx's losses work on.
pub type Logits = Tensor<(usize, usize), f32, Cpu, OwnedTape<f32, Cpu>>;

/// Records ops in order on a dfdx tape.
///
/// An op none of whose inputs wants a gradient records nothing and keeps nothing, so a forward pass without
/// trainable parameters or leaves costs no memory.
pub struct Recorder {
    device: Cpu,
    tape: OwnedTape<f32, Cpu>,
}

impl Recorder {
    /// An empty tape.
    pub fn new(device: &Cpu) -> Self {
        Self { device: device.clone(), tape: OwnedTape::default() }
    }

    /// A value that wants a gradient: an input, or the activation from which the rest of a network runs.
    pub fn leaf(&self, data: Arc<Vec<f32>>, shape: Vec<usize>) -> Value {
        Value { data, shape, slot: Some(self.slot()) }
    }

    /// A value that wants none.
    pub fn constant(&self, data: Arc<Vec<f32>>, shape: Vec<usize>) -> Value {
        Value { data, shape, slot: None }
    }

    /// Lets the gradient of `value` survive the backward pass, for [`super::take_gradient`].
    ///
    /// Without it an activation's gradient is given up as soon as it has been passed on. A leaf and a
    /// parameter keep theirs anyway.
    pub fn keep(&mut self, value: &Value) {
        if let Some(Slot::Activation { kept, .. }) = &value.slot {
            kept.store(true, Ordering::Relaxed);
        }
    }

    /// Hands `[n, c]` logits to dfdx: a tensor carrying the tape, on which its losses and `backward` work.
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

    /// The output of an op.
    ///
    /// `backward` gets the output's gradient and passes it on; it is built and recorded only if one of
    /// `inputs` wants a gradient, and run only if a gradient arrives.
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

/// A parameter: `data` is what `tensor` holds, in `shape`; a gradient is wanted if `trainable`.
pub fn parameter(
    tensor: &Tensor<(usize,), f32, Cpu>,
    data: Arc<Vec<f32>>,
    shape: Vec<usize>,
    trainable: bool,
) -> Value {
    Value { data, shape, slot: trainable.then(|| Slot::Parameter(tensor.clone())) }
}

//! Gradients of values in dfdx's `Gradients`: moved in and out as whole buffers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use dfdx::tensor::{Cpu, CpuError, Gradients, ZerosTensor};
use rayon::prelude::*;

use super::{OpError, Slot, Value};
use camlab_kernel::recycle;

/// The gradients of one backward pass.
pub(super) type Grads = Gradients<f32, Cpu>;

/// Moves the gradient of `value` out of `grads`: as many elements as the value has, zeros if none arrived.
///
/// A second call returns zeros.
///
/// # Errors
/// A value without a slot for a gradient.
pub fn take_gradient(grads: &mut Grads, value: &Value) -> Result<Vec<f32>, OpError> {
    let op = "take_gradient";
    let Some(slot) = &value.slot else {
        return Err(OpError::Dfdx { op, message: "no gradient was requested for this value".into() });
    };
    let gradient = slot.take(grads, value.data.len());
    let gradient = gradient.map_err(|error| OpError::Dfdx { op, message: error.to_string() })?;
    Ok(gradient.unwrap_or_else(|| vec![0.0; value.data.len()]))
}

impl Slot {
    /// A slot with an identity of its own.
    pub(super) fn new(device: &Cpu) -> Self {
        Self::Activation { id: device.zeros(), kept: Arc::new(AtomicBool::new(false)) }
    }

    /// The gradient's buffer, whatever its length.
    fn buffer<'a>(&self, grads: &'a mut Grads) -> Result<&'a mut Vec<f32>, CpuError> {
        Ok(&mut **match self {
            Self::Activation { id, .. } => grads.get_or_alloc_mut(id)?,
            Self::Parameter(tensor) => grads.get_or_alloc_mut(tensor)?,
        })
    }

    /// Moves the gradient out; `None` if none has arrived.
    pub(super) fn take(&self, grads: &mut Grads, len: usize) -> Result<Option<Vec<f32>>, CpuError> {
        let buffer = self.buffer(grads)?;
        Ok((buffer.len() == len).then(|| std::mem::take(buffer)))
    }

    /// The gradient of an op's output of `len` elements, for its backward pass: moved out, or copied if it is
    /// kept.
    pub(super) fn consume(&self, grads: &mut Grads, len: usize) -> Result<Option<Vec<f32>>, CpuError> {
        match self {
            Self::Activation { kept, .. } if kept.load(Ordering::Relaxed) => {
                let buffer = self.buffer(grads)?;
                Ok((buffer.len() == len).then(|| buffer.clone()))
            }
            _ => self.take(grads, len),
        }
    }

    /// Moves a gradient in, replacing the previous one.
    pub(super) fn put(&self, grads: &mut Grads, gradient: Vec<f32>) -> Result<(), CpuError> {
        *self.buffer(grads)? = gradient;
        Ok(())
    }

    /// Adds a contribution; the first one is moved in.
    pub(super) fn add(&self, grads: &mut Grads, contribution: Vec<f32>) -> Result<(), CpuError> {
        let buffer = self.buffer(grads)?;
        if buffer.len() == contribution.len() {
            buffer
                .par_iter_mut()
                .zip(&contribution)
                .with_min_len(1 << 14)
                .for_each(|(sum, part)| *sum += part);
            recycle::give(contribution);
        } else {
            *buffer = contribution;
        }
        Ok(())
    }

    /// The buffer for a contribution of `len` elements, to be [put](Slot::put) back: the gradient so far, to
    /// be added to (`true`), or a buffer of unspecified content (`false`).
    pub(super) fn target(&self, grads: &mut Grads, len: usize) -> Result<(bool, Vec<f32>), CpuError> {
        Ok(match self.take(grads, len)? {
            Some(sum) => (true, sum),
            None => (false, recycle::take(len)),
        })
    }
}

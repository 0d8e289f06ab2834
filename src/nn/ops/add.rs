//! Element-wise addition, as of a residual branch and its shortcut.

use std::sync::Arc;

use rayon::prelude::*;

use super::check::{length, mismatch};
use super::relu::PIECE;
use crate::{OpError, Recorder, Value};

/// a + b of equal shapes, in place if one of them is the only holder of its data. PyTorch: `a + b`.
///
/// # Errors
/// Different shapes.
pub fn add(recorder: &mut Recorder, a: Value, b: Value) -> Result<Value, OpError> {
    let op = "add";
    if a.shape != b.shape {
        return Err(mismatch(op, ("the left input", &a), ("the right input", &b)));
    }
    length(op, "the left input", &a)?;
    length(op, "the right input", &b)?;
    let Value { data: left, shape, slot: left_slot } = a;
    let Value { data: right, slot: right_slot, .. } = b;
    // Addition is commutative bit for bit, so either of the two may be overwritten.
    let (mut sum, other) = match Arc::try_unwrap(left) {
        Ok(left) => (left, right),
        Err(left) => match Arc::try_unwrap(right) {
            Ok(right) => (right, left),
            Err(right) => (left.to_vec(), right),
        },
    };
    sum.par_chunks_mut(PIECE)
        .zip(other.par_chunks(PIECE))
        .for_each(|(sum, other)| sum.iter_mut().zip(other).for_each(|(sum, part)| *sum += part));
    let slots = [left_slot.clone(), right_slot.clone()];
    Ok(recorder.record(&[&slots[0], &slots[1]], Arc::new(sum), shape, move || {
        move |grads, gradient: Vec<f32>| match (left_slot, right_slot) {
            (Some(left), Some(right)) => {
                left.add(grads, gradient.clone())?;
                right.add(grads, gradient)
            }
            (Some(slot), None) | (None, Some(slot)) => slot.add(grads, gradient),
            (None, None) => Ok(()),
        }
    }))
}

//! Rectified linear unit.

use std::sync::Arc;

use rayon::prelude::*;

use super::check::{length, owned};
use crate::{OpError, Recorder, Value};

/// Elements per parallel piece of an element-wise loop.
pub(super) const PIECE: usize = 1 << 14;

/// max(x, 0), in place if `x` is the only holder of its data; NaN stays NaN, as in PyTorch.
///
/// The backward pass reads the sign of the output, so that only the output is kept. PyTorch: `relu`.
///
/// # Errors
/// Data whose length does not match its shape.
pub fn relu(recorder: &mut Recorder, x: Value) -> Result<Value, OpError> {
    relu_by(recorder, x, ReluRule::Derivative)
}

/// Backward rule of a ReLU.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ReluRule {
    /// The gradient where the output is positive: the derivative.
    #[default]
    Derivative,
    /// Only the positive part of that: guided backpropagation (Springenberg et al. 2014, section 3.4), which
    /// is not the derivative of the network's function.
    Guided,
}

/// [`relu`] with a given backward rule.
///
/// # Errors
/// As [`relu`].
pub fn relu_by(recorder: &mut Recorder, x: Value, rule: ReluRule) -> Result<Value, OpError> {
    length("relu", "the input", &x)?;
    let Value { data, shape, slot } = x;
    let mut data = owned(data);
    data.par_chunks_mut(PIECE)
        .for_each(|part| part.iter_mut().for_each(|v| *v = if *v < 0.0 { 0.0 } else { *v }));
    let data = Arc::new(data);
    let inputs = slot.clone();
    let output = Arc::clone(&data);
    Ok(recorder.record(&[&inputs], data, shape, move || {
        move |grads, mut gradient: Vec<f32>| {
            let Some(slot) = slot else { return Ok(()) };
            gradient.par_chunks_mut(PIECE).zip(output.par_chunks(PIECE)).for_each(|(gradient, output)| {
                gradient.iter_mut().zip(output).for_each(|(g, y)| *g = if *y <= 0.0 { 0.0 } else { *g });
                if rule == ReluRule::Guided {
                    gradient.iter_mut().for_each(|g| *g = if *g < 0.0 { 0.0 } else { *g });
                }
            });
            slot.add(grads, gradient)
        }
    }))
}

//! Rectified linear unit.

use std::sync::Arc;

use rayon::prelude::*;

use super::check::{length, owned};
use crate::{OpError, Recorder, Value};

/// Elements per parallel piece of an element-wise loop.
pub(super) const PIECE: usize = 1 << 14;

/// max(x, 0), in place when `x` is the only holder of its data; NaN stays NaN, as in torch.
///
/// The backward pass reads the sign of the output, so that only the output is kept. torch: `relu`.
///
/// # Errors
/// Data that does not have the length its shape asks for.
pub fn relu(recorder: &mut Recorder, x: Value) -> Result<Value, OpError> {
    relu_by(recorder, x, ReluRule::Derivative)
}

/// What a ReLU hands back to its input.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ReluRule {
    /// The gradient where the output is positive: the derivative.
    #[default]
    Derivative,
    /// Only what is positive of it: guided backpropagation (Springenberg et al. 2014, section 3.4), which is no
    /// derivative of the network's function.
    Guided,
}

/// [`relu`], with a rule for the way back.
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

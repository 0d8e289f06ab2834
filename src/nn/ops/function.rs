//! Element-wise functions.

use std::sync::Arc;

use rayon::prelude::*;

use super::check::{length, owned};
use super::relu::PIECE;
use crate::graph::Function;
use crate::{OpError, Recorder, Value};

/// An element-wise function of `x`. The backward pass reads the input.
///
/// # Errors
/// Data whose length does not match its shape.
pub fn function(recorder: &mut Recorder, x: Value, function: Function) -> Result<Value, OpError> {
    length("function", "the input", &x)?;
    let Value { data, shape, slot } = x;
    // Kept only if there is something to differentiate: otherwise the data may be overwritten.
    let input = slot.is_some().then(|| Arc::clone(&data));
    let mut output = owned(data);
    output.par_chunks_mut(PIECE).for_each(|part| function.function().apply(part));
    let inputs = slot.clone();
    Ok(recorder.record(&[&inputs], Arc::new(output), shape, move || {
        move |grads, mut gradient: Vec<f32>| {
            let (Some(slot), Some(input)) = (slot, input) else { return Ok(()) };
            let parts = gradient.par_chunks_mut(PIECE).zip(input.par_chunks(PIECE));
            parts.for_each(|(gradient, input)| function.function().chain(gradient, input));
            slot.add(grads, gradient)
        }
    }))
}

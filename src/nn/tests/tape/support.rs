//! Helpers shared by the tests of the tape interface.
#![allow(dead_code, reason = "every test binary uses its own part")]

use std::sync::Arc;

use camlab_nn::{Recorder, Value};
use dfdx::prelude::{Backward, Cpu, Gradients, SumTo, TensorFromVec};

/// A value of `shape` that requires a gradient.
pub fn leaf(recorder: &Recorder, data: &[f32], shape: &[usize]) -> Value {
    recorder.leaf(Arc::new(data.to_vec()), shape.to_vec())
}

/// A value of `shape` without a gradient.
pub fn constant(recorder: &Recorder, data: &[f32], shape: &[usize]) -> Value {
    recorder.constant(Arc::new(data.to_vec()), shape.to_vec())
}

/// The gradients of `sum(output * weights)`, by dfdx's own multiplication, sum and `backward`.
pub fn backward(recorder: Recorder, output: &Value, weights: &[f32]) -> Gradients<f32, Cpu> {
    let shape = (1, output.data.len());
    let row = Value { shape: vec![shape.0, shape.1], ..output.clone() };
    let weights = Cpu::default().tensor_from_vec(weights.to_vec(), shape);
    let logits = recorder.into_logits(&row).unwrap();
    (logits * weights).sum::<(), _>().backward()
}

/// Converts PyTorch's `[n, c, h, w]` to `[n, h, w, c]`: sizes and elements. Other numbers of dimensions are
/// unchanged.
pub fn to_nhwc(shape: &[usize], data: &[f32]) -> (Vec<usize>, Vec<f32>) {
    let &[n, c, h, w] = shape else { return (shape.to_vec(), data.to_vec()) };
    let at = |index: usize| {
        let (channel, pixel, image) = (index % c, index / c % (h * w), index / (c * h * w));
        data[(image * c + channel) * h * w + pixel]
    };
    (vec![n, h, w, c], (0..data.len()).map(at).collect())
}

/// Largest difference, relative to the largest magnitude expected.
pub fn relative_error(found: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(found.len(), expected.len(), "lengths differ");
    let scale = expected.iter().fold(1e-3f32, |top, value| top.max(value.abs()));
    let differences = found.iter().zip(expected).map(|(a, b)| (a - b).abs());
    differences.fold(0.0, |top, d| if d.is_nan() { f32::INFINITY } else { top.max(d / scale) })
}

/// Pseudo-random numbers in [-1, 1): the top bits of a linear congruential generator (Knuth, MMIX).
pub fn numbers(len: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) + 1;
    let mut next = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    };
    (0..len).map(|_| next()).collect()
}

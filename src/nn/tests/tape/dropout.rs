//! Dropout layers: the share of numbers that are dropped, the scale of the others, and their gradients, by the definition
//! (Srivastava et al. 2014; PyTorch's `dropout`).

use std::sync::Arc;

use camlab_base::random::stream;
use camlab_nn::ops::dropout;
use camlab_nn::{Recorder, take_gradient};
use dfdx::prelude::{Backward, Cpu, SumTo, TryMul};
use dfdx::tensor::TensorFromVec;

#[test]
fn numbers_are_dropped_at_the_rate_and_gradients_pass_the_others() {
    let count = 40_000;
    let x: Vec<f32> = (0..count).map(|at| (at % 97) as f32 - 48.5).collect();
    let upstream: Vec<f32> = (0..count).map(|at| (at % 31) as f32 - 15.5).collect();
    for rate in [0.0, 0.2, 0.5, 0.9] {
        let device = Cpu::default();
        let mut recorder = Recorder::new(&device);
        let leaf = recorder.leaf(Arc::new(x.clone()), vec![1, count]);
        let y = dropout(&mut recorder, &leaf, rate, &mut stream(3, "dropout"));
        let scale = (1.0 / (1.0 - rate)) as f32;
        let mut dropped = 0;
        for (x, y) in x.iter().zip(y.data.iter()) {
            assert!(*y == 0.0 || *y == x * scale, "{x} becomes {y}");
            dropped += usize::from(*y == 0.0);
        }
        // Five standard deviations of a binomial distribution.
        let deviation = (count as f64 * rate * (1.0 - rate)).sqrt();
        assert!((dropped as f64 - count as f64 * rate).abs() <= 5.0 * deviation, "{dropped} at {rate}");
        let factors: Vec<f32> = y.data.iter().zip(&x).map(|(y, x)| y / x).collect();
        let scores = recorder.into_logits(&y).expect("a row");
        let weights = device.tensor_from_vec(upstream.clone(), (1, count));
        let mut gradients = scores.try_mul(weights).expect("equal shapes").sum::<(), _>().backward();
        let gradient = take_gradient(&mut gradients, &leaf).expect("a gradient");
        for ((gradient, upstream), factor) in gradient.iter().zip(&upstream).zip(&factors) {
            assert!((gradient - upstream * factor).abs() <= 1e-5 * upstream.abs() * scale);
        }
        // The same stream drops the same numbers.
        let again = dropout(&mut Recorder::new(&device), &leaf, rate, &mut stream(3, "dropout"));
        assert_eq!(again.data, y.data);
    }
}

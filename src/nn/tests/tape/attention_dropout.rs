//! Attention-based dropout layers (ADL), forward and backward, compared with PyTorch
//! (`fixtures/golden/training/make.py`).

use std::path::Path;
use std::sync::Arc;

use camlab_nn::checkpoint::Checkpoint;
use camlab_nn::ops::{Attention, attention_dropout};
use camlab_nn::{Recorder, take_gradient};
use dfdx::prelude::{Backward, Cpu, SumTo, TryMul};
use dfdx::tensor::TensorFromVec;

use crate::support::{relative_error, to_nhwc};

fn golden() -> Checkpoint {
    let file =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/golden/training/training.safetensors");
    Checkpoint::read(&file).expect("the golden file is readable")
}

/// A golden `[n, c, h, w]` tensor as `[n, h, w, c]`.
fn nhwc(golden: &Checkpoint, name: &str) -> (Vec<f32>, Vec<usize>) {
    let stored = golden.tensors().get(name).unwrap_or_else(|| panic!("golden tensor {name}"));
    let (shape, data) = to_nhwc(&stored.shape, &stored.data);
    (data, shape)
}

#[test]
fn both_maps_of_a_dropout_layer_are_torchs_forwards_and_backwards() {
    let golden = golden();
    let (x, shape) = nhwc(&golden, "adl/x");
    let (upstream, _) = nhwc(&golden, "adl/upstream");
    for (name, attention) in [("importance", Attention::Importance), ("drop", Attention::Drop(0.8))] {
        let device = Cpu::default();
        let mut recorder = Recorder::new(&device);
        let leaf = recorder.leaf(Arc::new(x.clone()), shape.clone());
        let mut y = attention_dropout(&mut recorder, &leaf, attention).expect("a batch of images");
        assert!(relative_error(&y.data, &nhwc(&golden, &format!("adl/{name}/y")).0) < 1e-6, "{name}");
        // A scalar score: the sum of the products with the upstream gradient.
        let elements = x.len();
        y.shape = vec![1, elements];
        let scores = recorder.into_logits(&y).expect("a row");
        let weights = device.tensor_from_vec(upstream.clone(), (1, elements));
        let total = scores.try_mul(weights).expect("equal shapes").sum::<(), _>();
        let mut gradients = total.backward();
        let gradient = take_gradient(&mut gradients, &leaf).expect("a gradient");
        let error = relative_error(&gradient, &nhwc(&golden, &format!("adl/{name}/gradient")).0);
        assert!(error < 1e-6, "{name}: {error}");
    }
}

//! The gradients of parameters, out of one step of training.
#![allow(dead_code, reason = "each test binary uses a part")]

use camlab::nn::train::{BatchNormMode, LabelledBatch, Learner, TrainingOptions};
use camlab::nn::{Images, Network};

/// So large that what a step leaves of a weight is the gradient, to the last bits.
const RATE: f64 = 65536.0;

/// Mean cross-entropy, and its gradient for every parameter by name (torch's order of elements). `network` is left
/// as the step makes it: its running statistics have followed the batch where `bn` says so.
pub fn of_parameters(
    network: &mut Network,
    images: &Images,
    labels: &[usize],
    bn: BatchNormMode,
) -> (f32, Vec<(String, Vec<f32>)>) {
    let options = TrainingOptions { bn, momentum: 0.0, weight_decay: 0.0, ..Default::default() };
    let before = network.values().to_vec();
    let mut learner = Learner::new(network, &options).expect("options that fit");
    let batch = LabelledBatch::new(images.clone(), labels.to_vec());
    let loss = learner.step(network, &batch, RATE).expect("a step").loss;
    let specs = network.specs().iter().filter(|spec| !spec.kind.is_buffer());
    let gradients = specs.map(|spec| {
        let at = network.specs().iter().position(|other| other.name == spec.name).expect("a parameter");
        let step = before[at].iter().zip(network.values()[at].iter());
        let gradient = step.map(|(old, new)| ((f64::from(*old) - f64::from(*new)) / RATE) as f32).collect();
        (spec.name.clone(), gradient)
    });
    (loss, gradients.collect())
}

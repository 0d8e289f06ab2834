//! Whole torchvision networks, full width and depth: loss, logits and the gradient of every parameter
//! (`fixtures/golden/parameter-gradients/make.py`).

use std::path::Path;
use std::sync::Arc;

use crate::support::{backbone, gradients, relative_error, to_nhwc};
use camlab::nn::graph::{ParameterKind, ParameterSpec};
use camlab::nn::train::BatchNormMode;
use camlab::nn::{Images, Network};
use rayon::prelude::*;

const CLASSES: usize = 5;
const SIZE: usize = 64;

/// A number of `draws` of `make.py`.
fn draw(place: u32, stream: u32) -> f32 {
    let start = stream.wrapping_mul(40_503).wrapping_add(12_345);
    let mut x = place.wrapping_mul(2_654_435_761).wrapping_add(start);
    for _ in 0..2 {
        x ^= x >> 16;
        x = x.wrapping_mul(0x45D_9F3B);
    }
    x ^= x >> 16;
    (x >> 8) as f32 / 8_388_608.0 - 1.0
}

/// `kind` of `make.py`.
fn scale(spec: &ParameterSpec) -> (f32, f32) {
    let fan_in: usize = spec.shape.iter().skip(1).product();
    match spec.kind {
        ParameterKind::RunningMean => (0.2, 0.0),
        ParameterKind::RunningVar => (0.5, 1.0),
        ParameterKind::Gamma => (0.25, 0.5),
        ParameterKind::ConvWeight | ParameterKind::LinearWeight => ((6.0 / fan_in as f64).sqrt() as f32, 0.0),
        ParameterKind::Bias | ParameterKind::Beta => (0.1, 0.0),
        kind => unreachable!("no residual network has {kind:?}"),
    }
}

fn filled(toml: &str) -> Network {
    let mut network = Network::new(backbone(toml).build(CLASSES).expect("a buildable backbone"));
    for (stream, spec) in network.specs().to_vec().iter().enumerate() {
        let (factor, shift) = scale(spec);
        let places = (0..spec.elements() as u32).into_par_iter();
        let value = places.map(|place| draw(place, stream as u32) * factor + shift).collect();
        network.set(&spec.name, value).expect("a value of its length");
    }
    network
}

fn images() -> Images {
    let pixels: Vec<f32> = (0..2 * 3 * SIZE * SIZE).map(|place| draw(place as u32, 1000)).collect();
    let pixels = Arc::new(to_nhwc(&pixels, 3, SIZE * SIZE));
    Images { pixels, count: 2, height: SIZE, width: SIZE }
}

/// A gradient's product with a vector of draws.
fn product(gradient: &[f32], stream: u32) -> f64 {
    let terms = gradient.iter().enumerate();
    terms.map(|(place, value)| f64::from(*value) * f64::from(draw(place as u32, stream))).sum()
}

fn check(name: &str) {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/golden/parameter-gradients/gradients.json");
    let text = std::fs::read_to_string(path).expect("the golden file is readable");
    let golden: serde_json::Value = serde_json::from_str(&text).expect("the golden file is JSON");
    let golden = &golden[name];
    let toml = match name.starts_with("vgg") {
        true => format!("{{ {name} = {{ classifier = \"gap-linear\" }} }}"),
        false => format!("\"{name}\""),
    };
    let mut network = filled(&toml);
    let images = images();
    let logits = network.infer(&images, &[]).expect("a forward pass").logits;
    let wanted: Vec<f32> = serde_json::from_value(golden["logits"].clone()).expect("logits");
    let error = relative_error(&logits, &wanted);
    assert!(error < 1e-5, "{name}: logits differ by {error}");
    let (loss, found) = gradients::of_parameters(&mut network, &images, &[1, 3], BatchNormMode::Affine);
    let error = (f64::from(loss) - golden["loss"].as_f64().expect("a loss")).abs();
    assert!(error < 1e-5, "{name}: the loss differs by {error}");
    let rows = golden["gradients"].as_object().expect("a row per parameter");
    assert_eq!(rows.len(), found.len(), "{name}");
    let mut worst = 0f64;
    for (parameter, gradient) in &found {
        let row: [f64; 3] = serde_json::from_value(rows[parameter].clone()).expect("three numbers");
        let length = gradient.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt();
        let numbers = [length, product(gradient, 2000), product(gradient, 3000)];
        for (found, wanted) in numbers.iter().zip(row) {
            let error = (found - wanted).abs() / row[0];
            worst = worst.max(error);
            assert!(error < 2e-5, "{name}: the gradient of {parameter} differs by {error}");
        }
    }
    println!("{name}: logits {:e}, gradients {worst:e}", relative_error(&logits, &wanted));
}

#[test]
fn resnet18() {
    check("resnet18");
}

#[test]
fn resnet34() {
    check("resnet34");
}

#[test]
fn resnet50() {
    check("resnet50");
}

#[test]
fn resnet101() {
    check("resnet101");
}

#[test]
fn vgg16() {
    check("vgg16");
}

#[test]
fn vgg16_bn() {
    check("vgg16_bn");
}

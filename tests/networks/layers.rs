//! A network with every kind of layer: the engine against the tape, f32 and bf16.

use crate::support::{drawn_network, layered, numbers, relative_error};
use camlab::engine::{Engine, EngineOptions, GradientEngine, Precision};
use camlab::nn::{Images, Network};

fn network() -> Network {
    drawn_network(layered::graph())
}

fn images() -> Images {
    let (count, height, width) = (3, 16, 20);
    Images { pixels: numbers(count * height * width * 3, 77).into(), count, height, width }
}

fn options(precision: Precision, network: &Network, taps: &[&str]) -> EngineOptions {
    let keep = taps.iter().map(|name| network.graph().tap(name).expect("a layer")).collect();
    EngineOptions { precision, size: [16, 20], batch: 2, keep }
}

#[test]
fn engine_and_tape_compute_every_layer_alike() {
    let (network, images) = (network(), images());
    let names = ["stem.gelu", "joined.relu", "features"];
    let taps: Vec<_> = names.iter().map(|name| network.graph().tap(name).expect("a layer")).collect();
    let targets = vec![1, 4, 0];
    let tape = network.forward_with_gradients(&images, &taps, |_| targets.clone()).expect("a forward pass");
    let engine = GradientEngine::freeze(&network, options(Precision::F32, &network, &names), taps[0])
        .expect("a frozen network");
    let recorded = engine.forward(&images, &taps).expect("a forward pass");
    assert!(relative_error(&recorded.logits, &tape.logits) < 1e-5);
    let gradients = engine.gradients(&recorded, &targets, &taps).expect("gradients");
    for (at, name) in names.iter().enumerate() {
        let activation = recorded.activation(taps[at]).expect("a kept activation");
        assert!(relative_error(&activation.data, &tape.taps[at].data) < 1e-5, "{name}");
        assert!(relative_error(&gradients[at].data, &tape.gradients[at].data) < 1e-5, "gradient at {name}");
    }
}

#[test]
fn an_image_of_a_batch_is_computed_as_alone() {
    let (network, images) = (network(), images());
    let engine = Engine::freeze(&network, options(Precision::F32, &network, &[])).expect("a frozen network");
    let together = engine.forward(&images, &[]).expect("a forward pass").logits;
    let each = images.pixels.len() / images.count;
    for image in 0..images.count {
        let pixels = images.pixels[image * each..][..each].to_vec();
        let alone = Images { pixels: pixels.into(), count: 1, ..images.clone() };
        let alone = engine.forward(&alone, &[]).expect("a forward pass").logits;
        assert_eq!(alone, together[image * layered::CLASSES..][..layered::CLASSES]);
    }
}

/// Sums of bf16 numbers and one rounding each: close to f32, image by image.
#[test]
fn bf16_is_close_to_f32() {
    if !Precision::Bf16.is_available() {
        println!("skipped: this machine does not compute in bf16");
        return;
    }
    let (network, images) = (network(), images());
    let logits = |precision: Precision| {
        let engine = Engine::freeze(&network, options(precision, &network, &[])).expect("a frozen network");
        engine.forward(&images, &[]).expect("a forward pass").logits
    };
    let error = relative_error(&logits(Precision::Bf16), &logits(Precision::F32));
    assert!(error < 0.05, "{error}");
}

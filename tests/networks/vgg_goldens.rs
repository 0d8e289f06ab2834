//! VGGs against torchvision: names, logits, activations and gradients (`fixtures/golden/vgg/make.py`).

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::support::{backbone, relative_error, tensor, to_nhwc};
use camlab::engine::{Engine, EngineOptions, Precision};
use camlab::nn::checkpoint::Checkpoint;
use camlab::nn::graph::{ParameterKind, ParameterSpec};
use camlab::nn::{Images, Network};

const CLASSES: usize = 5;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/golden/vgg")
}

#[test]
fn names_and_shapes_are_torchvisions() {
    let text = std::fs::read_to_string(folder().join("names.json")).expect("the golden file is readable");
    let golden: serde_json::Value = serde_json::from_str(&text).expect("the golden file is JSON");
    for (name, wanted) in golden.as_object().expect("one entry per network") {
        let graph = backbone(&format!("\"{name}\"")).build(1000).expect("a buildable backbone");
        let parameters: Vec<(String, Vec<usize>)> =
            graph.parameters().into_iter().map(|spec| (spec.name, spec.shape)).collect();
        let known: Vec<(String, Vec<usize>)> =
            serde_json::from_value(wanted["parameters"].clone()).expect("names and shapes");
        assert_eq!(parameters, known, "{name}");
        let taps: Vec<&str> = graph.taps().iter().map(|tap| tap.name.as_str()).collect();
        let nodes: Vec<String> = serde_json::from_value(wanted["nodes"].clone()).expect("names");
        for node in nodes {
            // Dropout does nothing in evaluation and is no node here.
            let dropout = ["classifier.2", "classifier.5"].contains(&node.as_str());
            assert_eq!(taps.contains(&node.as_str()), !dropout, "{name}: {node}");
        }
    }
}

/// `draws` of `make.py`.
fn draws(count: usize, stream: u32) -> impl Iterator<Item = f32> {
    (0..count as u32).map(move |place| {
        let start = stream.wrapping_mul(40_503).wrapping_add(12_345);
        let mut x = place.wrapping_mul(2_654_435_761).wrapping_add(start);
        for _ in 0..2 {
            x ^= x >> 16;
            x = x.wrapping_mul(0x45D_9F3B);
        }
        x ^= x >> 16;
        (x >> 8) as f32 / 8_388_608.0 - 1.0
    })
}

/// `kind` of `make.py`: factor and shift of a parameter's draws.
fn scale(spec: &ParameterSpec) -> (f32, f32) {
    let fan_in: usize = spec.shape.iter().skip(1).product();
    match spec.kind {
        ParameterKind::RunningMean => (0.2, 0.0),
        ParameterKind::RunningVar | ParameterKind::Gamma => (0.5, 1.0),
        ParameterKind::ConvWeight | ParameterKind::LinearWeight => ((6.0 / fan_in as f64).sqrt() as f32, 0.0),
        ParameterKind::Bias | ParameterKind::Beta => (0.1, 0.0),
        kind => unreachable!("no VGG has {kind:?}"),
    }
}

fn filled(toml: &str) -> Network {
    let mut network = Network::new(backbone(toml).build(CLASSES).expect("a buildable backbone"));
    for (stream, spec) in network.specs().to_vec().iter().enumerate() {
        let (factor, shift) = scale(spec);
        let value = draws(spec.elements(), stream as u32).map(|draw| draw * factor + shift).collect();
        network.set(&spec.name, value).expect("a value of its length");
    }
    network
}

fn images(count: usize, height: usize, width: usize) -> Images {
    let pixels: Vec<f32> = draws(count * 3 * height * width, 1000).collect();
    let pixels = to_nhwc(&pixels, 3, height * width);
    Images { pixels: Arc::new(pixels), count, height, width }
}

fn check(case: &str, toml: &str, images: &Images, tap: &str) {
    let golden =
        Checkpoint::read(&folder().join("forward.safetensors")).expect("the golden file is readable");
    let network = filled(toml);
    let node = network.graph().tap(tap).expect("a tap");
    let targets = (0..images.count).map(|image| (2 * image + 1) % CLASSES).collect();
    let found = network.forward_with_gradients(images, &[node], |_| targets).expect("a forward pass");
    let (channels, pixels) = (found.taps[0].channels, found.taps[0].height * found.taps[0].width);
    for (what, numbers) in [
        ("logits", &found.logits[..]),
        ("activation", &found.taps[0].data),
        ("gradient", &found.gradients[0].data),
    ] {
        let wanted = &tensor(&golden, &format!("{case}/{what}")).data;
        let wanted = if what == "logits" { wanted.clone() } else { to_nhwc(wanted, channels, pixels) };
        let error = relative_error(numbers, &wanted);
        assert!(error < 2e-5, "{case}/{what} differs by {error}");
    }
    assert_eq!(network.infer(images, &[]).expect("a forward pass").logits, found.logits);
    let size = [images.height, images.width];
    let options = EngineOptions { precision: Precision::F32, size, batch: images.count, keep: vec![node] };
    let engine = Engine::freeze(&network, options).expect("a frozen network");
    let frozen = engine.forward(images, &[node]).expect("a forward pass");
    let error = relative_error(&frozen.logits, &tensor(&golden, &format!("{case}/logits")).data);
    assert!(error < 1e-4, "{case}: the engine's logits differ by {error}");
    assert!(
        relative_error(&frozen.taps[0].data, &found.taps[0].data) < 1e-4,
        "{case}: the engine's activation"
    );
}

#[test]
fn convolutions_with_bias_behind_global_pooling() {
    check("vgg11", "{ vgg11 = { classifier = \"gap-linear\" } }", &images(2, 64, 40), "features");
}

#[test]
fn batch_norms() {
    check("vgg16_bn", "{ vgg16_bn = { classifier = \"gap-linear\" } }", &images(2, 64, 40), "features.40");
}

#[test]
fn without_the_last_pooling_the_grid_is_twice_as_fine() {
    let toml = "{ vgg13 = { classifier = \"gap-linear\", last-pool = false } }";
    check("vgg13-fine", toml, &images(2, 64, 40), "features");
}

/// Three linear layers on the flattened grid: the order of `classifier.0`'s columns is torch's.
#[test]
fn torchvisions_classifier() {
    check("vgg11-torchvision", "\"vgg11\"", &images(1, 224, 224), "features");
}

#[test]
fn cam_is_defined_behind_global_pooling_only() {
    let defined = |toml: &str| {
        let graph = backbone(toml).build(CLASSES).expect("a buildable backbone");
        graph.feeds_global_pool(graph.tap("features").expect("a tap"))
    };
    assert!(defined("{ vgg16 = { classifier = \"gap-linear\" } }"));
    assert!(!defined("\"vgg16\""));
}

#[test]
fn what_the_flattened_classifier_cannot_take_is_named() {
    let graph = backbone("\"vgg16\"").build(CLASSES).expect("a buildable backbone");
    assert!(graph.shapes(224, 255).is_ok());
    let error = graph.shapes(256, 224).expect_err("an 8x7 grid").to_string();
    assert!(error.contains("`flatten` expects a 7x7 grid, but its input is 8x7"), "{error}");
    let refused = |toml: &str| backbone(toml).build(CLASSES).expect_err("no network").to_string();
    assert!(refused("{ vgg16 = { dropout = 0.5 } }").contains("`dropout` = 0.5 belongs to the training"));
    assert!(refused("{ vgg16 = { last-pool = false } }").contains("use `classifier` = \"gap-linear\""));
    assert!(refused("{ vgg16_bn = { bn-eps = 0.0 } }").contains("`bn-eps` = 0 is out of range"));
    assert!(backbone("\"vgg16\"").build(0).is_err());
}

/// torchvision's documentation: 132.9, 133.0, 138.4 and 143.7 million parameters; 7.61, 11.31, 15.47 and 19.63 billion
/// multiply-adds at 224 pixels (ResNet-18 and -50: 1.81 and 4.09).
#[test]
fn sizes_and_costs_are_the_documented_ones() {
    let known = [
        ("vgg11", 132_863_336, 7.61),
        ("vgg13", 133_047_848, 11.31),
        ("vgg16", 138_357_544, 15.47),
        ("vgg19", 143_667_240, 19.63),
        ("vgg16_bn", 138_365_992, 15.47),
        ("resnet18", 11_689_512, 1.81),
        ("resnet50", 25_557_032, 4.09),
    ];
    for (name, parameters, cost) in known {
        let graph = backbone(&format!("\"{name}\"")).build(1000).expect("a buildable backbone");
        let trainable = graph.parameters().into_iter().filter(|spec| !spec.kind.is_buffer());
        assert_eq!(trainable.map(|spec| spec.elements()).sum::<usize>(), parameters, "{name}");
        let multiply_adds = graph.flops(224, 224).expect("fits") as f64 / 2e9;
        assert!((multiply_adds - cost).abs() < 0.01, "{name}: {multiply_adds}");
    }
}

//! ResNets against torchvision: names, logits, activations and gradients (`fixtures/golden/resnet/make.py`).

use std::path::Path;

use crate::support::{backbone, golden, images, network, relative_error, tensor, to_nhwc};

const BASIC: &str = "depths = [2, 1, 1, 1], widths = [4, 6, 7, 8]";
const BOTTLENECK: &str = "block = \"bottleneck\", depths = [1, 2, 2, 2], widths = [3, 4, 5, 6]";

#[test]
fn names_and_shapes_are_torchvisions() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/golden/resnet/names.json");
    let text = std::fs::read_to_string(path).expect("the golden file is readable");
    let golden: serde_json::Value = serde_json::from_str(&text).expect("the golden file is JSON");
    for name in ["resnet18", "resnet34", "resnet50", "resnet101"] {
        let graph = backbone(&format!("\"{name}\"")).build(1000).expect("a buildable backbone");
        let parameters: Vec<(String, Vec<usize>)> =
            graph.parameters().into_iter().map(|spec| (spec.name, spec.shape)).collect();
        let wanted: Vec<(String, Vec<usize>)> =
            serde_json::from_value(golden[name]["parameters"].clone()).expect("names and shapes");
        assert_eq!(parameters, wanted, "{name}");
        let nodes: Vec<&str> = graph.nodes().iter().skip(1).map(|node| node.name.as_str()).collect();
        let wanted: Vec<String> = serde_json::from_value(golden[name]["nodes"].clone()).expect("names");
        assert_eq!(nodes, wanted, "{name}");
    }
}

/// Compares logits, and activations and gradients at all taps of one call, with the golden case.
fn check(case: &str, options: &str, state: &str, taps: &[&str]) {
    let golden = golden("forward.safetensors");
    let network = network(&format!("{{ resnet = {{ {options} }} }}"), 5, &golden, &format!("{state}/state/"));
    let nodes: Vec<_> = taps.iter().map(|tap| network.graph().tap(tap).expect("a tap")).collect();
    let images = images(tensor(&golden, "input"));
    let found = network.forward_with_gradients(&images, &nodes, |_| vec![1, 3]).expect("a forward pass");
    let close = |what: &str, found: &[f32]| {
        let wanted = tensor(&golden, &format!("{case}/{what}"));
        let wanted = match wanted.shape[..] {
            [_, channels, height, width] => to_nhwc(&wanted.data, channels, height * width),
            _ => wanted.data.clone(),
        };
        let error = relative_error(found, &wanted);
        assert!(error < 2e-5, "{case}/{what} differs by {error}");
    };
    close("logits", &found.logits);
    for (index, tap) in taps.iter().enumerate() {
        close(&format!("activation/{tap}"), &found.taps[index].data);
        close(&format!("gradient/{tap}"), &found.gradients[index].data);
    }
    let inferred = network.infer(&images, &nodes).expect("a forward pass");
    assert_eq!(inferred.logits, found.logits, "with and without a tape");
    assert_eq!(inferred.taps, found.taps, "with and without a tape");
}

#[test]
fn basic_blocks() {
    check("basic", BASIC, "basic", &["layer4", "layer2.0.conv2", "layer3"]);
    check("basic", BASIC, "basic", &["layer2.0.conv2"]);
}

#[test]
fn small_stem() {
    check("small", &format!("{BASIC}, stem = \"small\""), "small", &["layer4"]);
}

#[test]
fn bottlenecks() {
    check("bottleneck", BOTTLENECK, "bottleneck", &["layer2.1", "layer4"]);
}

#[test]
fn output_strides_are_torchvisions_dilation() {
    for stride in [16, 8] {
        let options = format!("{BOTTLENECK}, output-stride = {stride}");
        check(&format!("bottleneck-{stride}"), &options, "bottleneck", &["layer4"]);
    }
}

#[test]
fn v1_has_its_stride_on_the_first_convolution() {
    check("bottleneck-v1", &format!("{BOTTLENECK}, variant = \"v1\""), "bottleneck", &["layer3", "layer4"]);
}

/// Yu & Koltun 2016: with strides replaced by dilation, every second output is the strided network's own.
#[test]
fn dilation_computes_the_strided_network_in_between() {
    for options in [BASIC.to_owned(), BOTTLENECK.to_owned(), format!("{BOTTLENECK}, variant = \"v1\"")] {
        let golden = golden("forward.safetensors");
        let state = if options == BASIC { "basic/state/" } else { "bottleneck/state/" };
        let images = images(tensor(&golden, "input"));
        let layer4 = |stride: usize| {
            let toml = format!("{{ resnet = {{ {options}, output-stride = {stride} }} }}");
            let network = network(&toml, 5, &golden, state);
            let tap = network.graph().tap("layer4").expect("a tap");
            network.infer(&images, &[tap]).expect("a forward pass").taps.remove(0)
        };
        let (strided, dilated) = (layer4(32), layer4(8));
        let (height, width) = (strided.height, strided.width);
        let every_fourth = |index: usize| {
            let (channel, pixel) = (index % strided.channels, index / strided.channels);
            let (image, row, column) = (pixel / (height * width), pixel / width % height, pixel % width);
            let pixel = (image * dilated.height + 4 * row) * dilated.width + 4 * column;
            dilated.data[pixel * dilated.channels + channel]
        };
        let subsampled: Vec<f32> = (0..strided.data.len()).map(every_fourth).collect();
        assert!(relative_error(&subsampled, &strided.data) < 1e-5, "{options}");
    }
}

#[test]
fn an_image_is_computed_alike_in_any_batch() {
    let golden = golden("forward.safetensors");
    let network = network(&format!("{{ resnet = {{ {BOTTLENECK} }} }}"), 5, &golden, "bottleneck/state/");
    let tap = network.graph().tap("layer3").expect("a tap");
    let stored = tensor(&golden, "input");
    let both =
        network.forward_with_gradients(&images(stored), &[tap], |_| vec![1, 3]).expect("a forward pass");
    let (half, mut second) = (stored.data.len() / 2, stored.clone());
    second.shape[0] = 1;
    second.data.drain(..half);
    let alone =
        network.forward_with_gradients(&images(&second), &[tap], |_| vec![3]).expect("a forward pass");
    assert_eq!(both.logits[5..], alone.logits);
    assert_eq!(both.taps[0].image(1), alone.taps[0].image(0));
    assert_eq!(both.gradients[0].image(1), alone.gradients[0].image(0));
}

#[test]
fn prefix_and_tail_compose_to_the_network() {
    let golden = golden("forward.safetensors");
    let whole = network(&format!("{{ resnet = {{ {BOTTLENECK} }} }}"), 5, &golden, "bottleneck/state/");
    let tap = whole.graph().tap("layer3.1").expect("a tap");
    let images = images(tensor(&golden, "input"));
    let middle = whole.prefix(tap).output(&images).expect("a forward pass");
    let (count, height, width) = (middle.images, middle.height, middle.width);
    let middle = camlab::nn::Images { pixels: middle.data, count, height, width };
    let tail = whole.tail(tap).expect("a block's output cuts the graph");
    let found = tail.infer(&middle, &[]).expect("a forward pass");
    assert_eq!(found.logits, whole.infer(&images, &[]).expect("a forward pass").logits);
    let inside = whole.graph().tap("layer3.1.conv2").expect("a tap");
    let error = whole.tail(inside).expect_err("the shortcut bypasses it").to_string();
    assert!(error.contains("`layer3.1.add`"), "{error}");
}

//! Methods that take gradients of their own: against identities, finite differences, and the peers' maps (those of the
//! six photographs are compared in `peer_maps`).

use std::sync::Arc;

use crate::support::photographs::{correlation, photograph, pretrained};
use crate::support::small::{images, network};
use crate::support::{method, relative_error, shared};
use camlab::engine::Precision;
use camlab::explain::CamExtractor;
use camlab::nn::{Images, Network};
use camlab::raster::{Interpolation, Map, min_max, resize};

const CLASS: usize = 2;
/// A size that layers divide.
const EVEN: [usize; 2] = [16, 16];

fn image() -> Images {
    let pixels = images(4).pixels[..16 * 16 * 3].to_vec();
    Images { pixels: Arc::new(pixels), count: 1, height: 16, width: 16 }
}

fn look(network: &Network, toml: &str, layer: &str) -> Map {
    maps_for(network, toml, layer, CLASS)
}

fn maps_for(network: &Network, toml: &str, layer: &str, class: usize) -> Map {
    let extractor =
        CamExtractor::new(network, &method(toml), layer, Precision::F32, EVEN, 1).expect("a layer");
    extractor.maps(&image(), Some(class)).expect("maps").remove(0).map
}

fn logits(network: &Network, image: &Images) -> Vec<f32> {
    network.infer(image, &[]).expect("a pass").logits
}

#[test]
fn the_parts_of_full_grad_sum_to_the_score() {
    let network = network();
    let map = look(&network, "{ full-grad = { post = 'none' } }", "last");
    let bias = network.get("fc.bias").expect("the classifier's bias")[CLASS];
    let score = logits(&network, &image())[CLASS];
    let sum: f32 = map.data.iter().sum();
    assert!((sum + bias - score).abs() < 1e-4 * score.abs().max(1.0), "{sum} + {bias} against {score}");
}

#[test]
fn integrated_gradients_sum_to_the_change_of_the_score() {
    let network = network();
    let map = look(&network, "{ integrated-gradients = { steps = 1000, absolute = false } }", "last");
    let dark = Images { pixels: Arc::new(vec![0.0; 16 * 16 * 3]), ..image() };
    let change = logits(&network, &image())[CLASS] - logits(&network, &dark)[CLASS];
    let sum: f32 = map.data.iter().sum();
    assert!((sum - change).abs() < 2e-3 * change.abs().max(1.0), "{sum} against {change}");
}

#[test]
fn input_times_gradient_is_how_the_score_moves_with_the_image() {
    let network = network();
    let map = look(&network, "{ input-x-gradient = { absolute = false } }", "last");
    let scaled = |by: f32| {
        let pixels = image().pixels.iter().map(|value| by * value).collect();
        f64::from(logits(&network, &Images { pixels: Arc::new(pixels), ..image() })[CLASS])
    };
    let slope = (scaled(1.0 + 1e-3) - scaled(1.0 - 1e-3)) / 2e-3;
    let sum: f64 = map.data.iter().map(|value| f64::from(*value)).sum();
    assert!((sum - slope).abs() < 1e-2 * slope.abs().max(1.0), "{sum} against {slope}");
}

#[test]
fn without_noise_smooth_grad_cam_plus_plus_is_grad_cam_plus_plus() {
    let network = network();
    for (smooth, plain) in [
        ("{ 'smooth-grad-cam++' = { sigma = 0.0 } }", "'grad-cam++'"),
        (
            "{ 'smooth-grad-cam++' = { sigma = 0.0, reading = 'torchcam' } }",
            "{ 'grad-cam++' = { reading = 'bag-cams' } }",
        ),
    ] {
        for layer in ["middle", "block", "last"] {
            let (found, wanted) = (look(&network, smooth, layer), look(&network, plain, layer));
            let error = relative_error(&found.data, &wanted.data);
            // torchcam's denominator may cancel to little more than the 1e-8 that it adds.
            let most = if smooth.contains("torchcam") { 3e-2 } else { 1e-3 };
            assert!(error < most, "{smooth} at {layer}: {error}");
        }
    }
    let noisy = look(&network, "'smooth-grad-cam++'", "middle");
    assert!(relative_error(&noisy.data, &look(&network, "'grad-cam++'", "middle").data) > 1e-3);
}

#[test]
fn of_a_logit_shapley_cam_is_grad_cam() {
    let network = network();
    for layer in ["block", "last"] {
        let found = look(&network, "{ shapley-cam = { utility = 'logit' } }", layer);
        let error = relative_error(&found.data, &look(&network, "'grad-cam'", layer).data);
        assert!(error < 1e-4, "{layer}: {error}");
    }
}

/// `g - H A / 2` from gradients of `y + log p` at three points along the activation, where no ReLU lies between (at one,
/// a first derivative jumps; the peer's maps at layer3 answer for those).
#[test]
fn shapley_cams_second_derivatives_are_finite_differences_of_first_ones() {
    let (network, mut furthest) = (network(), 0.0f32);
    for (layer, class) in (0..4).map(|class| ("last", class)) {
        let node = network.graph().tap(layer).expect("a layer");
        let activation = network.infer(&image(), &[node]).expect("a pass").taps.remove(0);
        let tail = network.tail(node).expect("a cut");
        let gradient = |by: f32| -> Vec<f32> {
            let values = activation.data.iter().map(|value| by * value).collect();
            let (height, width) = (activation.height, activation.width);
            let images = Images { pixels: Arc::new(values), count: 1, height, width };
            let factors = |logits: &[f32]| {
                let sum: f64 = logits.iter().map(|logit| f64::from(*logit).exp()).sum();
                let of = |(other, logit): (usize, &f32)| {
                    let p = f64::from(*logit).exp() / sum;
                    (if other == class { 2.0 - p } else { -p }) as f32
                };
                Ok(logits.iter().enumerate().map(of).collect())
            };
            let input = [camlab::nn::graph::NodeId(0)];
            let seen = tail.forward_with_gradients_of(&images, &input, factors).expect("a pass");
            seen.gradients[0].data.to_vec()
        };
        let step = 1.0 / 64.0;
        let (below, here, above) = (gradient(1.0 - step), gradient(1.0), gradient(1.0 + step));
        let channels = activation.channels;
        let mut weights = vec![0.0f32; channels];
        for at in 0..here.len() {
            weights[at % channels] += here[at] - 0.25 * (above[at] - below[at]) / step;
        }
        let wanted: Vec<f32> = activation
            .data
            .chunks(channels)
            .map(|p| p.iter().zip(&weights).map(|(a, w)| a * w).sum::<f32>().max(0.0) * channels as f32)
            .map(|value| value / (here.len() as f32))
            .collect();
        let found = maps_for(&network, "'shapley-cam'", layer, class);
        if wanted.iter().all(|value| *value == 0.0) {
            continue;
        }
        let error = relative_error(&found.data, &wanted);
        let plain = relative_error(&found.data, &maps_for(&network, "'grad-cam'", layer, class).data);
        println!("{layer}, class {class}: {error}; {plain} from Grad-CAM");
        assert!(error < 2e-2, "{layer}, class {class}: {error}");
        furthest = furthest.max(plain);
    }
    assert!(furthest > 0.1, "{furthest}");
}

/// With one class to compare with, Finer-CAM is Grad-CAM of a difference: linear in the gradients.
#[test]
fn finer_cam_is_grad_cam_of_a_difference() {
    let network = network();
    let scores = logits(&network, &image());
    let apart = |class: usize| (scores[class] - scores[CLASS]).abs();
    let near = (0..4).filter(|class| *class != CLASS).min_by(|a, b| apart(*a).total_cmp(&apart(*b)));
    let near = near.expect("another class");
    let of = |class: usize| {
        let extractor = CamExtractor::new(
            &network,
            &method("{ grad-cam = { relu = false } }"),
            "block",
            Precision::F32,
            EVEN,
            1,
        );
        extractor.expect("a layer").maps(&image(), Some(class)).expect("maps").remove(0).map.data
    };
    let wanted: Vec<f32> = of(CLASS).iter().zip(of(near)).map(|(own, other)| own - 0.6 * other).collect();
    for average in ["uniform", "probability"] {
        let toml = format!("{{ finer-cam = {{ relu = false, others = 1, average = '{average}' }} }}");
        let error = relative_error(&look(&network, &toml, "block").data, &wanted);
        assert!(error < 1e-4, "{average}: {error}");
    }
}

/// Means over 14 x 14 blocks of an image of 224 x 224, scaled to [0, 1].
fn blocks(map: &Map) -> Vec<f32> {
    let large = resize(map, 224, 224, Interpolation::Bilinear);
    let mut sums = vec![0.0f32; 14 * 14];
    for (at, value) in large.data.iter().enumerate() {
        sums[at / 224 / 16 * 14 + at % 224 / 16] += value / 256.0;
    }
    min_max(&Map::new(14, 14, sums)).data
}

const GOLDEN: &str = include_str!("../../fixtures/golden/slope-cams/maps.json");

#[test]
fn maps_are_pytorchs_and_the_peers() {
    let Some(shared) = shared() else { return };
    let network = pretrained(&shared);
    let golden: std::collections::BTreeMap<String, Vec<f32>> =
        serde_json::from_str(GOLDEN).expect("golden maps");
    let pixels = photograph(&shared.join("reference/resnet50/1.png"));
    let images = Images { pixels: Arc::new(pixels), count: 1, height: 224, width: 224 };
    let mut wrong = Vec::new();
    for (toml, layer, peer) in [
        ("{ finer-cam = { alpha = 1.0, average = 'probability' } }", "layer3", "pgc/FinerCAM/layer3"),
        ("{ finer-cam = { alpha = 1.0, average = 'probability' } }", "layer4", "pgc/FinerCAM/layer4"),
        ("'finer-cam'", "layer3", "torchcam/FinerCAM/layer3"),
        ("'finer-cam'", "layer4", "torchcam/FinerCAM/layer4"),
        ("'shapley-cam'", "layer3", "pgc/ShapleyCAM ReST/layer3"),
        ("'shapley-cam'", "layer4", "pgc/ShapleyCAM ReST/layer4"),
        ("{ full-grad = { post = 'magnitude-by-channel' } }", "layer4", "pgc/FullGrad"),
        ("'input-x-gradient'", "layer4", "input-x-gradient"),
        ("{ integrated-gradients = { steps = 20 } }", "layer4", "integrated-gradients"),
    ] {
        let extractor =
            CamExtractor::new(&network, &method(toml), layer, Precision::F32, [224; 2], 1).expect("a layer");
        let found = blocks(&extractor.maps(&images, None).expect("a map").remove(0).map);
        let wanted = min_max(&Map::new(14, 14, golden[peer].clone())).data;
        let alike = correlation(&found, &wanted);
        let apart = found.iter().zip(&wanted).map(|(a, b)| (a - b).abs()).sum::<f32>() / 196.0;
        println!("{toml} at {layer} against {peer}: correlation {alike:.7}, mean difference {apart:.2e}");
        if alike < 0.999 || apart > 0.01 {
            wrong.push(peer);
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

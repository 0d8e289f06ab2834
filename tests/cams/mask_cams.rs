//! score-cam and ablation-cam against the papers' equations, PyTorch's numbers and the peers' maps.

use std::sync::Arc;

use crate::support::photographs::{correlation, photograph, pretrained, resized};
use crate::support::small::{CLASSES, DEAD, FLAT, SIZE, images, network, part};
use crate::support::{relative_error, shared, tensor};
use camlab::engine::{Engine, EngineOptions, Memo, MemoBudget, Precision, Variants};
use camlab::explain::{CamExtractor, CamOutput};
use camlab::kernel::bf16;
use camlab::nn::checkpoint::Checkpoint;
use camlab::nn::{Images, Network};
use camlab::parts::cam::{
    AblationCam, AblationScale, Cam, CamSpec, Features, MaskScaling, MemoryBudget, NetworkQueries, ScoreCam,
    ScoreKind,
};
use camlab::raster::{Enlarge, Interpolation, Map, min_max, resize};

fn look(network: &Network, method: &CamSpec, layer: &str, images: &Images) -> Vec<CamOutput> {
    let extractor =
        CamExtractor::new(network, method, layer, Precision::F32, SIZE, 1).expect("a layer of the network");
    extractor.maps(images, Some(2)).expect("maps")
}

fn readings() -> Vec<ScoreCam> {
    let mut all = Vec::new();
    for score in [ScoreKind::Probability, ScoreKind::Logit] {
        for channel_softmax in [false, true] {
            for normalise in [MaskScaling::BeforeUpsampling, MaskScaling::AfterUpsampling] {
                for align_corners in [false, true] {
                    let memory = MemoryBudget::Passes(7);
                    let how =
                        ScoreCam { score, channel_softmax, normalise, align_corners, ..ScoreCam::default() };
                    all.push(ScoreCam { memory, ..how });
                }
            }
        }
    }
    all
}

fn softmax(values: &[f64]) -> Vec<f64> {
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = values.iter().map(|value| (value - most).exp()).sum();
    values.iter().map(|value| (value - most).exp() / sum).collect()
}

/// `ReLU(sum_k w_k A_k)`.
fn weighted(weights: &[f64], activation: &[f32]) -> Vec<f32> {
    let sum = |pixel: &[f32]| pixel.iter().zip(weights).map(|(a, w)| f64::from(*a) * w).sum::<f64>();
    activation.chunks_exact(weights.len()).map(|pixel| sum(pixel).max(0.0) as f32).collect()
}

fn unit(values: &mut [f32]) {
    let low = values.iter().copied().fold(f32::INFINITY, f32::min);
    let high = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let range = if high > low { high - low } else { 1.0 };
    values.iter_mut().for_each(|value| *value = (*value - low) / range);
}

/// Score-CAM as the paper writes it, one image and one channel at a time, through the network that is trained.
fn score_cam_by_hand(network: &Network, how: &ScoreCam, layer: &str, image: &Images) -> Vec<f32> {
    let node = network.graph().tap(layer).expect("a layer");
    let activation = network.infer(image, &[node]).expect("a pass").taps.remove(0);
    let grid = [activation.height, activation.width];
    let enlarge = Enlarge::new(grid, SIZE, how.align_corners);
    let score = |mask: &[f32]| {
        let pixels: Vec<f32> = image
            .pixels
            .chunks(3)
            .zip(mask)
            .flat_map(|(pixel, mask)| [0, 1, 2].map(|c| pixel[c] * mask))
            .collect();
        let masked = Images { pixels: pixels.into(), ..*image };
        let logits = network.infer(&masked, &[]).expect("a pass").logits;
        let logits: Vec<f64> = logits.iter().map(|logit| f64::from(*logit)).collect();
        match how.score {
            ScoreKind::Logit => logits[2],
            ScoreKind::Probability => softmax(&logits)[2],
        }
    };
    let mut weights: Vec<f64> = (0..activation.channels)
        .map(|channel| {
            let mut values: Vec<f32> =
                activation.data.iter().skip(channel).step_by(activation.channels).copied().collect();
            let constant = values.iter().all(|value| *value == values[0]);
            if constant && !how.channel_softmax {
                return 0.0;
            }
            if how.normalise == MaskScaling::BeforeUpsampling || constant {
                unit(&mut values);
            }
            let mut mask = enlarge.apply(&values);
            if how.normalise == MaskScaling::AfterUpsampling {
                unit(&mut mask);
            }
            score(&mask)
        })
        .collect();
    if how.channel_softmax {
        weights = softmax(&weights);
    }
    weighted(&weights, &activation.data)
}

#[test]
fn score_cam_is_the_papers() {
    let (network, images) = (network(), images(2));
    for how in readings() {
        let seen = look(&network, &CamSpec::ScoreCam(how.clone()), "middle", &images);
        for (at, output) in seen.iter().enumerate() {
            let wanted = score_cam_by_hand(&network, &how, "middle", &part(&images, at, 1));
            let error = relative_error(&output.map.data, &wanted);
            assert!(error < 1e-4, "{how:?}, image {at}: {error}");
        }
    }
}

/// The class's score for an activation of which a channel is 0, through the network's tail.
fn ablated(network: &Network, layer: &str, image: &Images, channel: Option<usize>) -> f64 {
    let node = network.graph().tap(layer).expect("a layer");
    let activation = network.infer(image, &[node]).expect("a pass").taps.remove(0);
    let mut values = activation.data.to_vec();
    if let Some(channel) = channel {
        values.iter_mut().skip(channel).step_by(activation.channels).for_each(|value| *value = 0.0);
    }
    let (count, height, width) = (1, activation.height, activation.width);
    let tail = network.tail(node).expect("a cut");
    let input = Images { pixels: Arc::new(values), count, height, width };
    f64::from(tail.infer(&input, &[]).expect("a pass").logits[2])
}

#[test]
fn ablation_cam_is_the_papers_with_passes_and_without() {
    let (network, images) = (network(), images(2));
    // Behind `block` lie more convolutions; behind `last` pooling and the classifier, so no pass is run.
    for layer in ["block", "last"] {
        for scale in [AblationScale::Score, AblationScale::Magnitude] {
            let method = CamSpec::AblationCam(AblationCam { scale, memory: MemoryBudget::Passes(5) });
            for (at, output) in look(&network, &method, layer, &images).iter().enumerate() {
                let image = part(&images, at, 1);
                let node = network.graph().tap(layer).expect("a layer");
                let activation = network.infer(&image, &[node]).expect("a pass").taps.remove(0);
                let score = ablated(&network, layer, &image, None);
                let by = if scale == AblationScale::Score { score } else { score.abs() };
                let drop = |channel| (score - ablated(&network, layer, &image, Some(channel))) / by;
                let weights: Vec<f64> = (0..activation.channels).map(drop).collect();
                let error = relative_error(&output.map.data, &weighted(&weights, &activation.data));
                assert!(error < 1e-4, "{layer}, {scale:?}, image {at}: {error}");
            }
        }
    }
}

#[test]
fn nothing_depends_on_how_many_go_together() {
    let (network, images) = (network(), images(64));
    let with = |memory| {
        [
            (CamSpec::ScoreCam(ScoreCam { memory, ..ScoreCam::default() }), "middle"),
            (CamSpec::AblationCam(AblationCam { memory, ..AblationCam::default() }), "block"),
        ]
    };
    for (at, (method, layer)) in with(MemoryBudget::Passes(64)).into_iter().enumerate() {
        let together = look(&network, &method, layer, &images);
        for count in [1, 3] {
            for first in [0, 60] {
                let few = look(&network, &method, layer, &part(&images, first, count));
                assert!(few[..] == together[first..first + count], "{} of {count} images", method.name());
            }
        }
        for memory in [MemoryBudget::Passes(1), MemoryBudget::Passes(3), MemoryBudget::Bytes(2_000_000)] {
            let (method, layer) = with(memory)[at].clone();
            let few = look(&network, &method, layer, &part(&images, 0, 3));
            assert!(few[..] == together[..3], "{} with {memory}", method.name());
        }
    }
}

#[test]
fn constant_channels_are_skipped_and_exact() {
    let (network, images) = (network(), images(1));
    let node = network.graph().tap("middle").expect("a layer");
    let activation = network.infer(&images, &[node]).expect("a pass").taps.remove(0);
    let channel = |k: usize| activation.data.iter().skip(k).step_by(activation.channels);
    assert!(channel(DEAD).all(|value| *value == 0.0) && channel(FLAT).all(|value| *value == 0.7));
    assert_eq!(CLASSES, 4);
    // `score_cam_is_the_papers` holds their weights against the definition; here no budget may be too small for none.
    let none = MemoryBudget::Bytes(1);
    let method = CamSpec::ScoreCam(ScoreCam { memory: none, ..ScoreCam::default() });
    let extractor = CamExtractor::new(&network, &method, "middle", Precision::F32, SIZE, 1).expect("a layer");
    let error = extractor.maps(&images, Some(2)).expect_err("a budget that holds nothing").to_string();
    assert!(error.contains("too small for one forward pass"), "{error}");
}

const GOLDEN: &str = include_str!("../../fixtures/golden/mask-cams/scores.json");

fn numbers(value: &serde_json::Value) -> Vec<f32> {
    value.as_array().expect("a list").iter().map(|n| n.as_f64().expect("a number") as f32).collect()
}

fn indices(value: &serde_json::Value) -> Vec<usize> {
    value.as_array().expect("a list").iter().map(|n| n.as_u64().expect("an index") as usize).collect()
}

fn freeze(network: &Network, size: [usize; 2], keep: &[&str]) -> Engine {
    let keep = keep.iter().map(|name| network.graph().tap(name).expect("a stage")).collect();
    let options = EngineOptions { precision: Precision::F32, size, batch: 8, keep };
    Engine::freeze(network, options).expect("an engine")
}

#[test]
fn scores_of_a_real_network_are_pytorchs() {
    let Some(shared) = shared() else { return };
    let golden: serde_json::Value = serde_json::from_str(GOLDEN).expect("golden numbers");
    let target = golden["target"].as_u64().expect("a class") as usize;
    let network = pretrained(&shared);
    let pixels = photograph(&shared.join("reference/resnet50/0.png"));
    let image = Images { pixels: Arc::new(pixels), count: 1, height: 224, width: 224 };
    let layers = ["layer3", "layer4"];
    let engine = freeze(&network, [224; 2], &layers);
    let nodes = layers.map(|name| network.graph().tap(name).expect("a stage"));
    let mut seen = engine.forward(&image, &nodes).expect("a pass");
    let (last, third) = (seen.taps.remove(1), seen.taps.remove(0));

    // Some channels of layer4, as if there were no others.
    let given = &golden["score-cam"];
    let channels = indices(&given["channels"]);
    let some: Vec<f32> =
        last.data.chunks(last.channels).flat_map(|p| channels.iter().map(|k| p[*k])).collect();
    let features = Features {
        activations: &some,
        gradients: &[],
        classifier: &[],
        weights: &[],
        image: [224; 2],
        channels: channels.len(),
        height: last.height,
        width: last.width,
    };
    let queries = NetworkQueries {
        features,
        target,
        score: seen.logits[target],
        variants: Some(Variants::new(&engine, &image.pixels, [224; 2]).expect("an image")),
        gradients: None,
    };
    for (reading, normalise, align_corners) in [
        ("authors", MaskScaling::AfterUpsampling, false),
        ("pytorch-grad-cam", MaskScaling::AfterUpsampling, true),
        ("torchcam", MaskScaling::BeforeUpsampling, false),
    ] {
        // Both scores are of the same masked images.
        let budget = MemoBudget::new(64 << 20);
        let memo = Memo::new(&budget);
        let variants = queries.variants.map(|variants| variants.remembering(Some(&memo)));
        let queries = NetworkQueries { variants, ..queries };
        for (name, score) in [("logit", ScoreKind::Logit), ("probability", ScoreKind::Probability)] {
            let method =
                ScoreCam { score, channel_softmax: false, normalise, align_corners, ..ScoreCam::default() };
            let found = method.weights(queries).expect("passes");
            let error = relative_error(&found, &numbers(&given["readings"][reading][name]));
            assert!(error < 1e-3, "{reading}, {name}: {error}");
        }
    }

    // layer4 without a pass; layer3 through layer4.
    let given = &golden["ablation-cam"];
    let score = given["logit"].as_f64().expect("a number") as f32;
    let tail = network.tail(nodes[0]).expect("a cut");
    let behind = freeze(&tail, [14; 2], &[]);
    for (layer, activation, classifier) in
        [("layer3", &third, &[][..]), ("layer4", &last, network.classifier_weights(target).expect("a class"))]
    {
        let (height, width) = (activation.height, activation.width);
        let features = Features {
            activations: activation.image(0),
            classifier,
            channels: activation.channels,
            height,
            width,
            ..features
        };
        let variants = classifier
            .is_empty()
            .then(|| Variants::new(&behind, activation.image(0), [height, width]).expect("an activation"));
        let queries = NetworkQueries { features, variants, ..queries };
        let weights = AblationCam::default().weights(queries).expect("passes");
        let wanted = numbers(&given[layer]["without"]);
        for (channel, without) in indices(&given[layer]["channels"]).into_iter().zip(wanted) {
            let (found, wanted) = (weights[channel], (score - without) / score);
            assert!((found - wanted).abs() < 2e-4, "{layer}, channel {channel}: {found}, PyTorch {wanted}");
        }
    }
}

/// Native and enlarged to the image.
fn against_peers(method: &CamSpec, keys: &[(&str, bool)]) {
    let Some(shared) = shared() else { return };
    let network = pretrained(&shared);
    let maps =
        Checkpoint::read(&shared.join("reference/resnet50/maps.safetensors")).expect("readable references");
    let pixels = photograph(&shared.join("reference/resnet50/0.png"));
    let image = Images { pixels: Arc::new(pixels), count: 1, height: 224, width: 224 };
    let extractor =
        CamExtractor::new(&network, method, "layer4", Precision::F32, [224; 2], 1).expect("a layer");
    let native = extractor.maps(&image, None).expect("a map").remove(0).map;
    for (key, enlarged) in keys {
        let map = if *enlarged { resize(&native, 224, 224, Interpolation::Bilinear) } else { native.clone() };
        let wanted = tensor(&maps, key);
        let (found, wanted) =
            (min_max(&map), min_max(&Map::new(map.height, map.width, wanted.data.to_vec())));
        let alike = correlation(&found.data, &wanted.data);
        let apart: f32 = found.data.iter().zip(&wanted.data).map(|(a, b)| (a - b).abs()).sum::<f32>()
            / found.data.len() as f32;
        println!("{key}: correlation {alike:.7}, mean difference {apart:.2e}");
        assert!(alike > 0.999 && apart < 0.01, "{key}: correlation {alike}, mean difference {apart}");
    }
}

#[test]
fn ablation_cam_is_pytorch_grad_cams() {
    against_peers(&CamSpec::AblationCam(AblationCam::default()), &[("0/pgc/AblationCAM/layer4", true)]);
}

#[test]
#[ignore = "2048 forward passes of ResNet-50 take most of a minute; run with --ignored"]
fn score_cam_is_pytorch_grad_cams() {
    let how = ScoreCam {
        score: ScoreKind::Logit,
        channel_softmax: true,
        align_corners: true,
        ..ScoreCam::default()
    };
    against_peers(&CamSpec::ScoreCam(how), &[("0/pgc/ScoreCAM/layer4", true)]);
}

#[test]
#[ignore = "2048 forward passes of ResNet-50 take most of a minute; run with --ignored"]
fn score_cam_is_torchcams() {
    let how = ScoreCam {
        score: ScoreKind::Logit,
        channel_softmax: true,
        normalise: MaskScaling::BeforeUpsampling,
        ..ScoreCam::default()
    };
    against_peers(&CamSpec::ScoreCam(how), &[("0/torchcam/ScoreCAM/layer4", false)]);
}

/// Ranks, those of equal values shared.
fn ranks(values: &[f32]) -> Vec<f32> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    for equal in order.chunk_by(|a, b| values[*a] == values[*b]) {
        let before = order.iter().position(|at| at == &equal[0]).expect("a rank");
        equal.iter().for_each(|at| ranks[*at] = before as f32 + (equal.len() - 1) as f32 / 2.0);
    }
    ranks
}

#[test]
#[ignore = "40 times 2048 forward passes of ResNet-50 take a quarter of an hour; run with --ignored"]
fn score_cam_in_bf16_ranks_as_in_f32_on_twenty_photographs() {
    let Some(shared) = shared() else { return };
    if !bf16::available() {
        println!("skipped: this machine has no bf16 instructions");
        return;
    }
    let network = pretrained(&shared);
    let method = CamSpec::ScoreCam(ScoreCam::default());
    let extractor = [Precision::F32, Precision::Bf16].map(|precision| {
        CamExtractor::new(&network, &method, "layer4", precision, [224; 2], 1).expect("a layer")
    });
    let folder = shared.join("data/ilsvrc-val500");
    let names = std::fs::read_to_string(folder.join("image_ids.txt")).expect("a list of photographs");
    for name in names.lines().take(20) {
        let pixels = resized(&folder.join(name));
        let image = Images { pixels: Arc::new(pixels), count: 1, height: 224, width: 224 };
        let exact = extractor[0].maps(&image, None).expect("a map").remove(0);
        let fast = extractor[1].maps(&image, Some(exact.target)).expect("a map").remove(0);
        let spearman = |a: &Map, b: &Map| correlation(&ranks(&a.data), &ranks(&b.data));
        let enlarged = |map: &Map| resize(map, 224, 224, Interpolation::Bilinear);
        // A map is scored at the photograph's size. Of its 49 cells as they are, many lie in a near tie of low values.
        let scored = spearman(&enlarged(&exact.map), &enlarged(&fast.map));
        let cells = spearman(&exact.map, &fast.map);
        println!("{name}: {scored:.6} at the photograph's size, {cells:.6} of the cells");
        assert!(scored > 0.999 && cells > 0.998, "{name}: Spearman's correlation {scored}, of cells {cells}");
    }
}

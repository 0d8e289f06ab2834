//! Symmetries of a network's weights: what may be permuted is found in the graph, and matching finds it again.

use crate::support::{backbone, layered, relative_error};
use camlab::base::random::stream;
use camlab::nn::align::{AlignError, Permutation, Symmetry, cosine, match_activations, match_weights};
use camlab::nn::graph::{Graph, GraphBuilder, NodeId, Op, ParameterKind, Window};
use camlab::nn::{Images, Network};
use rand::RngExt as _;

const PROJECTION: &str = "{ resnet = { depths = [2, 2], widths = [8, 12], stem = \"small\" } }";
const OPTION_A: &str =
    "{ resnet = { depths = [2, 2, 2], widths = [8, 16, 32], stem = \"small\", shortcut = \"option-a\" } }";
const BOTTLENECK: &str =
    "{ resnet = { block = \"bottleneck\", depths = [2, 2], widths = [4, 6], stem = \"small\" } }";

fn graph(toml: &str) -> Graph {
    backbone(toml).build(5).expect("a buildable backbone")
}

/// Convolutions, one with batch norm and one with a bias, then a flattened grid and a hidden layer, as VGG's.
fn flattened() -> Graph {
    let (mut graph, image) = GraphBuilder::new(3, 1e-5, 0.1);
    let x = graph.conv("features.0", image, 10, Window::same(3).stride(2));
    let x = graph.batch_norm("features.1", x);
    let x = graph.relu("features.2", x);
    let x = graph.conv_with_bias("features.3", x, 14, Window::same(3).stride(2));
    let x = graph.relu("features.4", x);
    let x = graph.max_pool("features.5", x, Window::square(2, 2, 0));
    let x = graph.flatten("flatten", x, 4, 4);
    let x = graph.linear("classifier.0", x, 24);
    let x = graph.relu("classifier.1", x);
    let x = graph.linear("classifier.2", x, 5);
    graph.finish(x)
}

/// A network whose every number is drawn, statistics included.
fn drawn(graph: Graph, seed: u64) -> Network {
    let mut network = Network::new(graph);
    // Not a stream of ours: VGG's 133 million numbers would take most of the test's time.
    let mut state = seed;
    let mut draw = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1u32 << 23) as f32 - 1.0
    };
    for spec in network.specs().to_vec() {
        let fan: usize = spec.shape.iter().skip(1).product();
        let scale = match spec.kind {
            ParameterKind::ConvWeight | ParameterKind::LinearWeight => (6.0 / fan as f32).sqrt(),
            _ => 0.4,
        };
        let neutral = spec.kind.neutral();
        let value = (0..spec.elements()).map(|_| neutral + scale * draw()).collect();
        network.set(&spec.name, value).expect("a value that fits");
    }
    network
}

fn images(count: usize, side: usize) -> Images {
    let mut rng = stream(5, "images");
    let pixels: Vec<f32> = (0..count * side * side * 3).map(|_| 2.0 * rng.random::<f32>() - 1.0).collect();
    Images { pixels: pixels.into(), count, height: side, width: side }
}

fn logits(network: &Network, images: &Images) -> Vec<f32> {
    network.infer(images, &[]).expect("class scores").logits
}

fn check_invariance(graph: Graph, side: usize) {
    let symmetry = Symmetry::of(&graph);
    let network = drawn(graph, 1);
    let permutation = Permutation::random(&symmetry, &mut stream(3, "permutation"));
    let permuted = permutation.apply(&symmetry, &network).unwrap();
    // Most weights have moved, and what the network says has not.
    assert!(cosine(&symmetry, &network, &permuted) < 0.75);
    let images = images(2, side);
    let error = relative_error(&logits(&permuted, &images), &logits(&network, &images));
    assert!(error < 1e-5, "{error}");
    let back = permutation.inverse().apply(&symmetry, &permuted).unwrap();
    assert_eq!(back.values(), network.values());
}

#[test]
fn a_permuted_network_says_the_same() {
    for toml in [PROJECTION, OPTION_A, BOTTLENECK] {
        check_invariance(graph(toml), 32);
    }
    check_invariance(flattened(), 32);
    check_invariance(layered::graph(), 32);
    check_invariance(graph("{ vgg11_bn = { classifier = \"gap-linear\" } }"), 32);
}

/// The flattened grid of torchvision's VGG: channels go on as blocks of 49 features.
#[test]
fn a_permuted_vgg_says_the_same() {
    check_invariance(graph("\"vgg11\""), 224);
}

#[test]
fn residual_streams_share_a_permutation() {
    let sizes = |toml: &str| Symmetry::of(&graph(toml)).groups;
    // Stem and first stage, each block's inside, and the second stage's stream behind its projection.
    let mut projection = sizes(PROJECTION);
    projection.sort_unstable();
    assert_eq!(projection, [8, 8, 8, 12, 12, 12]);
    // The wide streams hold the narrow ones: 8 channels of all three stages, 8 new ones of two, 16 of the last.
    let mut option_a = sizes(OPTION_A);
    option_a.sort_unstable();
    assert_eq!(option_a, [8, 8, 8, 8, 16, 16, 16, 32, 32]);
    let symmetry = Symmetry::of(&flattened());
    assert_eq!(symmetry.groups, [10, 14, 24]);
    assert!(symmetry.axes.iter().any(|axis| axis.repeat == 16 && axis.dimension == 1));
}

/// The middle channels of a wide stream are the narrow stream's: a permutation that ignores it changes the network.
#[test]
fn the_shortcut_without_parameters_ties_its_middle_channels() {
    let symmetry = Symmetry::of(&graph(OPTION_A));
    let network = drawn(graph(OPTION_A), 1);
    let index = |name: &str| network.specs().iter().position(|spec| spec.name == name).unwrap();
    let parts = |name: &str| {
        let axis = symmetry.axes.iter().find(|axis| axis.parameter == index(name) && axis.dimension == 0);
        axis.unwrap().parts.clone()
    };
    let narrow = parts("layer1.0.conv2.weight");
    let wide = parts("layer2.0.conv2.weight");
    assert_eq!((narrow.len(), wide.len()), (1, 2));
    assert_eq!(narrow[0].channels, (0..8).collect::<Vec<_>>());
    let shared = wide.iter().find(|part| part.group == narrow[0].group).unwrap();
    assert_eq!(shared.channels, (4..12).collect::<Vec<_>>());
    let new = wide.iter().find(|part| part.group != narrow[0].group).unwrap();
    assert_eq!(new.channels, (0..4).chain(12..16).collect::<Vec<_>>());
}

#[test]
fn matching_finds_a_known_permutation_exactly() {
    for graph in [graph(PROJECTION), graph(OPTION_A), graph(BOTTLENECK), flattened()] {
        let symmetry = Symmetry::of(&graph);
        let network = drawn(graph, 2);
        let hidden = Permutation::random(&symmetry, &mut stream(8, "permutation"));
        let permuted = hidden.apply(&symmetry, &network).unwrap();
        let found = match_weights(&symmetry, &network, &permuted, 100, &mut stream(4, "order")).unwrap();
        assert_eq!(found.permutation, hidden.inverse());
        let back = found.permutation.apply(&symmetry, &permuted).unwrap();
        assert_eq!(back.values(), network.values());
        assert!((cosine(&symmetry, &network, &back) - 1.0).abs() < 1e-12);
    }
}

/// The same by what channels say of images; one that says nothing of them has no place of its own.
#[test]
fn activations_find_a_known_permutation() {
    for graph in [graph(PROJECTION), graph(OPTION_A), graph(BOTTLENECK), flattened()] {
        let symmetry = Symmetry::of(&graph);
        let network = drawn(graph, 2);
        let hidden = Permutation::random(&symmetry, &mut stream(8, "permutation"));
        let permuted = hidden.apply(&symmetry, &network).unwrap();
        let seen = [images(24, 32), images(12, 32)];
        let batches = seen.clone().map(Ok::<_, AlignError>);
        let found = match_activations(&symmetry, &network, &permuted, batches.into_iter()).unwrap();
        let alive = alive(&symmetry, &network, &seen[0]);
        let expected = hidden.inverse();
        for (group, alive) in alive.iter().enumerate() {
            for unit in alive {
                assert_eq!(found.0[group][*unit], expected.0[group][*unit], "unit {unit} of group {group}");
            }
        }
        let (alive, all) = (alive.iter().map(Vec::len).sum::<usize>(), symmetry.groups.iter().sum::<usize>());
        assert!(10 * alive > 8 * all, "only {alive} of {all} units say anything");
    }
}

/// Of every group, the units that say something in two places at least, behind a ReLU: what says something in one place
/// alone is the same, but for its scale, as whatever else does so there.
fn alive(symmetry: &Symmetry, network: &Network, images: &Images) -> Vec<Vec<usize>> {
    let relu = |node: NodeId| network.graph().node(node).op == Op::Relu;
    let mut nodes: Vec<NodeId> = symmetry.places.iter().flatten().map(|(node, _)| *node).collect();
    nodes.retain(|node| relu(*node));
    let seen = network.infer(images, &nodes).unwrap().taps;
    let differs = |node: NodeId, channel: usize| {
        let tap = &seen[nodes.iter().position(|known| *known == node).unwrap()];
        let values = || tap.data.iter().skip(channel).step_by(tap.channels);
        let least = values().fold(f32::INFINITY, |least, value| least.min(*value));
        values().filter(|value| **value > least).count() > 1
    };
    let groups = symmetry.groups.iter().zip(&symmetry.places);
    groups
        .map(|(size, places)| {
            let alive = |unit: &usize| {
                places.iter().any(|(node, channels)| relu(*node) && differs(*node, channels[*unit]))
            };
            (0..*size).filter(alive).collect()
        })
        .collect()
}

/// Independent networks have nothing in common but their symmetry: matching brings them nearer, and neither changes.
#[test]
fn matching_brings_independent_networks_nearer() {
    let symmetry = Symmetry::of(&graph(OPTION_A));
    let (a, b) = (drawn(graph(OPTION_A), 1), drawn(graph(OPTION_A), 2));
    let found = match_weights(&symmetry, &a, &b, 100, &mut stream(4, "order")).unwrap();
    let aligned = found.permutation.apply(&symmetry, &b).unwrap();
    let (before, after) = (cosine(&symmetry, &a, &b), cosine(&symmetry, &a, &aligned));
    assert!(after > before + 0.04, "{before} -> {after}");
    let images = images(2, 32);
    assert!(relative_error(&logits(&aligned, &images), &logits(&b, &images)) < 1e-5);
    let again = match_weights(&symmetry, &a, &b, 100, &mut stream(4, "order")).unwrap();
    assert_eq!(again, found);
    assert!(match_weights(&symmetry, &a, &drawn(flattened(), 1), 9, &mut stream(4, "order")).is_err());
}

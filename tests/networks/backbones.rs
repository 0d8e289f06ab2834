//! Backbones from TOML, properties of their graphs, and refused options.

use crate::support::backbone;
use camlab::config::FromToml;
use camlab::nn::graph::{Extent, Graph, GraphBuilder, Op, Window};
use camlab::parts::backbone::{BackboneSpec, BottleneckResNetOptions, ResNet50};

fn graph(toml: &str) -> Graph {
    backbone(toml).build(7).expect("a buildable backbone")
}

fn refused(toml: &str) -> String {
    backbone(toml).build(7).expect_err("no network").to_string()
}

/// torch's state: 25 557 032 numbers for ResNet-50, 11 689 512 for ResNet-18 (torchvision's documentation).
#[test]
fn named_networks_have_torchvisions_sizes() {
    let known = [("18", 11_689_512), ("34", 21_797_672), ("50", 25_557_032), ("101", 44_549_160)];
    for (depth, wanted) in known {
        let graph = backbone(&format!("\"resnet{depth}\"")).build(1000).expect("a buildable backbone");
        let trainable = graph.parameters().into_iter().filter(|spec| !spec.kind.is_buffer());
        assert_eq!(trainable.map(|spec| spec.elements()).sum::<usize>(), wanted, "resnet{depth}");
    }
}

#[test]
fn grids_follow_stem_and_output_stride() {
    let grid = |toml: &str, tap: &str, size: usize| {
        let graph = graph(toml);
        graph.grid(graph.tap(tap).expect("a tap"), size, size).expect("a grid")
    };
    for (stride, layer3, layer4) in [(32, 14, 7), (16, 14, 14), (8, 28, 28)] {
        for depth in [18, 50] {
            let toml = format!("{{ resnet{depth} = {{ output-stride = {stride} }} }}");
            assert_eq!(grid(&toml, "layer3", 224), (layer3, layer3), "{toml}");
            assert_eq!(grid(&toml, "layer4", 224), (layer4, layer4), "{toml}");
        }
    }
    assert_eq!(grid("{ resnet18 = { stem = \"small\" } }", "layer4", 64), (8, 8));
    assert_eq!(grid("{ resnet18 = { stem = \"small-stride-2\" } }", "layer4", 64), (4, 4));
    assert_eq!(grid("\"resnet18\"", "maxpool", 225), (57, 57));
}

#[test]
fn taps_are_nodes_blocks_and_stages() {
    let graph = graph("\"resnet50\"");
    let same = |a: &str, b: &str| assert_eq!(graph.tap(a).expect("a tap"), graph.tap(b).expect("a tap"));
    same("layer4", "layer4.2");
    same("layer4.2", "layer4.2.relu_2");
    same("layer1", "layer1.2.relu_2");
    let layer4 = graph.tap("layer4").expect("a tap");
    assert!(graph.feeds_global_pool(layer4));
    assert!(!graph.feeds_global_pool(graph.tap("layer3").expect("a tap")));
    assert_eq!((graph.head(), graph.classes(), graph.channels(layer4)), (Some("fc"), Some(7), 2048));
    let nodes: Vec<usize> = graph.taps().iter().map(|tap| tap.node.0).collect();
    assert!(nodes.is_sorted(), "taps follow the data flow");
    let error = graph.tap("layer44").expect_err("no tap").to_string();
    assert!(error.contains("no layer has the name `layer44`, did you mean `layer4`?"), "{error}");
}

#[test]
fn cifar_networks_are_option_a_with_their_own_head() {
    let toml = "{ resnet = { depths = [3, 3, 3], widths = [16, 32, 64], stem = \"small\", shortcut = \"option-a\", \
                head-name = \"linear\" } }";
    let graph = backbone(toml).build(10).expect("ResNet-20");
    // As many numbers as akamaster/pytorch_resnet_cifar10 stores for ResNet-20.
    let trainable = graph.parameters().into_iter().filter(|spec| !spec.kind.is_buffer());
    assert_eq!(trainable.map(|spec| spec.elements()).sum::<usize>(), 269_722);
    assert_eq!(graph.nodes().iter().filter(|node| matches!(node.op, Op::OptionA { .. })).count(), 2);
    assert!(graph.parameters().iter().any(|spec| spec.name == "linear.weight" && spec.shape == [10, 64]));
}

#[test]
fn options_that_make_no_network_are_named() {
    let cases = [
        ("{ resnet50 = { output-stride = 12 } }", "`output-stride` = 12 is not supported"),
        ("{ resnet50 = { output-stride = 2 } }", "at least 4, the stem's stride"),
        ("{ resnet18 = { bn-eps = 0.0 } }", "`bn-eps` = 0 is out of range"),
        ("{ resnet18 = { bn-momentum = 1.5 } }", "`bn-momentum` = 1.5 is out of range"),
        ("{ resnet = { depths = [1, 2] } }", "`depths` has 2 stages and `widths` has 4"),
        ("{ resnet = { depths = [1, 0], widths = [4, 4] } }", "stage 2 has depth 0 and width 4"),
        ("{ resnet = { variant = \"v1\" } }", "applies only to bottleneck blocks"),
        ("{ resnet = { shortcut = \"option-a\", output-stride = 8 } }", "at stride 1"),
        ("{ resnet = { head-name = \"bn1\" } }", "`head-name` = \"bn1\""),
    ];
    for (toml, wanted) in cases {
        let error = refused(toml);
        assert!(error.contains(wanted), "{toml}: {error}");
    }
    assert!(backbone("\"resnet18\"").build(0).is_err());
    let unknown = BackboneSpec::from_toml("'resnet-50'").expect_err("no such backbone").to_string();
    assert!(unknown.contains("unknown backbone `resnet-50`, did you mean `resnet50`?"), "{unknown}");
}

#[test]
fn options_survive_the_resolved_snapshot() {
    let spec = backbone("{ resnet50 = { variant = \"v1\" } }");
    let BackboneSpec::ResNet50(ResNet50(options)) = &spec else { panic!("{spec:?}") };
    assert!(matches!(options, BottleneckResNetOptions { output_stride: 32, .. }));
    let text = toml::to_string(&spec).expect("TOML");
    assert!(text.contains("variant = \"v1\"") && text.contains("output-stride = 32"), "{text}");
    assert_eq!(BackboneSpec::from_toml(&text).expect("its own TOML"), spec);
    for entry in BackboneSpec::entries() {
        let norms = entry.name.starts_with("resnet") || entry.name.ends_with("_bn");
        assert_eq!(entry.options.contains("bn-eps"), norms, "{}", entry.name);
    }
}

#[test]
fn descriptions_tell_architectures_apart() {
    let variants = [
        "\"resnet18\"",
        "\"resnet50\"",
        "{ resnet50 = { variant = \"v1\" } }",
        "{ resnet50 = { output-stride = 16 } }",
        "{ resnet50 = { bn-eps = 1e-3 } }",
        "{ resnet50 = { stem = \"small\" } }",
    ];
    let texts: std::collections::BTreeSet<String> =
        variants.iter().map(|toml| graph(toml).describe()).collect();
    assert_eq!(texts.len(), variants.len());
    assert_eq!(graph("\"resnet50\"").describe(), graph("{ resnet50 = {} }").describe());
}

#[test]
fn shapes_that_do_not_fit_name_their_node() {
    let shape = |graph: &Graph, size: usize| graph.shapes(size, size).expect_err("does not fit").to_string();
    assert!(shape(&graph("\"resnet18\""), 0).contains("`input` cannot be 0x0"));
    let (mut b, x) = GraphBuilder::new(3, 1e-5, 0.1);
    let window = Window { dilation: [2; 2], ..Window::square(5, 1, 0) };
    let x = b.conv("conv", x, 4, window);
    let error = shape(&b.finish(x), 8);
    assert!(
        error.contains("`conv` has a 5x5 window (dilation 2) that does not fit the 8x8 input"),
        "{error}"
    );
    let (mut b, x) = GraphBuilder::new(3, 1e-5, 0.1);
    let (p, q) = (b.conv("p", x, 4, Window::same(3)), b.conv("q", x, 4, Window::same(3).stride(2)));
    let sum = b.add("sum", p, q);
    let error = shape(&b.finish(sum), 8);
    assert_eq!(error, "node `sum` adds activations of different shapes, 4x8x8 and 4x4x4");
}

#[test]
fn activations_are_freed_at_their_last_use_but_for_those_kept() {
    let graph = graph("\"resnet18\"");
    let layer3 = graph.tap("layer3").expect("a tap");
    let freed: Vec<_> = graph.last_uses(&[layer3]).into_iter().flatten().collect();
    let never: Vec<_> = graph.ids().filter(|id| !freed.contains(id)).collect();
    assert_eq!(never, [layer3, graph.output()]);
    assert_eq!(
        graph.shapes(64, 64).expect("fits")[layer3.0],
        Extent::Image { channels: 256, height: 4, width: 4 }
    );
}

//! The blocks of MobileNetV2 in an engine, with ReLU6 and with SiLU: computed together they give the bits that they give one
//! after the other.

use crate::support::{drawn_network, numbers, relative_error};
use camlab::engine::{Engine, EngineOptions, Precision};
use camlab::nn::graph::function::{Clip, Silu};
use camlab::nn::graph::{Function, Graph, GraphBuilder, NodeId, Window};
use camlab::nn::{Images, Network};

const SIDE: usize = 112;

/// A strided stem, a block without expansion, a strided one and one with a residual, as MobileNetV2 begins.
fn graph(function: Function) -> Graph {
    let activated = |graph: &mut GraphBuilder, name: &str, x: NodeId| {
        let x = graph.batch_norm(&format!("{name}.bn"), x);
        graph.function(&format!("{name}.activation"), x, function)
    };
    let block = |graph: &mut GraphBuilder, name: &str, x: NodeId, [expansion, output, stride]: [usize; 3]| {
        let (input, mut y) = (graph.channels(x), x);
        let inner = input * expansion;
        if expansion > 1 {
            y = graph.conv(&format!("{name}.expand"), y, inner, Window::same(1));
            y = activated(graph, &format!("{name}.expand"), y);
        }
        y = graph.grouped_conv(&format!("{name}.depthwise"), y, inner, Window::same(3).stride(stride), inner);
        y = activated(graph, &format!("{name}.depthwise"), y);
        y = graph.conv(&format!("{name}.project"), y, output, Window::same(1));
        y = graph.batch_norm(&format!("{name}.project.bn"), y);
        if stride == 1 && input == output { graph.add(&format!("{name}.add"), y, x) } else { y }
    };
    let (mut graph, image) = GraphBuilder::new(3, 1e-5, 0.1);
    let x = graph.conv("stem", image, 32, Window::same(3).stride(2));
    let x = activated(&mut graph, "stem", x);
    let x = block(&mut graph, "1", x, [1, 16, 1]);
    let x = block(&mut graph, "2", x, [6, 24, 2]);
    let x = block(&mut graph, "3", x, [6, 24, 1]);
    let x = graph.global_avg_pool("pool", x);
    let x = graph.linear("fc", x, 7);
    graph.finish(x)
}

fn images(count: usize) -> Images {
    Images { pixels: numbers(count * SIDE * SIDE * 3, 77).into(), count, height: SIDE, width: SIDE }
}

fn frozen(network: &Network, batch: usize) -> Engine {
    let options = EngineOptions { precision: Precision::F32, size: [SIDE; 2], batch, keep: Vec::new() };
    Engine::freeze(network, options).expect("a frozen network")
}

#[test]
fn blocks_computed_together_give_the_same_bits() {
    let names = [
        "stem.activation",
        "1.depthwise.activation",
        "2.expand.activation",
        "2.depthwise.activation",
        "3.expand.activation",
        "3.add",
    ];
    together_and_apart(&drawn_network(graph(Clip::RELU6.into())), &names);
    let silu = drawn_network(graph(Silu.into()));
    together_and_apart(&silu, &names);
    // What a convolution gives before the function.
    together_and_apart(&silu, &["stem.bn", "1.depthwise.bn", "2.expand.bn", "3.depthwise.bn"]);
}

fn together_and_apart(network: &Network, names: &[&str]) {
    let images = images(2);
    let engine = frozen(network, 2);
    // With many threads, images would be cut into too small parts to be computed together.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().expect("two threads");
    let together = pool.install(|| engine.forward(&images, &[])).expect("a forward pass");
    // Activations that are asked for are computed by steps of their own.
    let taps: Vec<_> = names.iter().map(|name| network.graph().tap(name).expect("a layer")).collect();
    let apart = engine.forward(&images, &taps).expect("a forward pass");
    assert_eq!(together.logits, apart.logits);
    for (tap, at) in taps.iter().zip(&apart.taps) {
        let alone = engine.forward(&images, &[*tap]).expect("a forward pass");
        assert!(alone.taps[0].data == at.data && alone.logits == together.logits);
    }
    let tape = network.forward_with_gradients(&images, &taps, |_| vec![1, 4]).expect("a forward pass");
    assert!(relative_error(&together.logits, &tape.logits) < 1e-5);
    for (at, expected) in apart.taps.iter().zip(&tape.taps) {
        assert!(relative_error(&at.data, &expected.data) < 1e-5);
    }
}

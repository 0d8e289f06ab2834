//! A small network of arbitrary weights, and images for it.
#![allow(dead_code, reason = "each test binary uses a part")]

use camlab::nn::graph::{GraphBuilder, ParameterKind, Window};
use camlab::nn::{Images, Network};

/// Rows and columns of the images.
pub const SIZE: [usize; 2] = [18, 14];
/// Classes.
pub const CLASSES: usize = 4;
/// A channel of every tap that is 0 everywhere.
pub const DEAD: usize = 1;
/// A channel of every tap that is the same everywhere, and not 0.
pub const FLAT: usize = 6;

/// Two layers to look at, `middle` (20 channels, 9x7) and `last` (24 channels, 5x4, behind it global pooling and the
/// classifier), both behind ReLUs.
pub fn network() -> Network {
    let (mut graph, image) = GraphBuilder::new(3, 1e-5, 0.1);
    let stride = |stride| Window::same(3).stride(stride);
    let stem = graph.conv("stem", image, 20, stride(2));
    let norm = graph.batch_norm("stem.bn", stem);
    let middle = graph.relu("middle", norm);
    let inner = graph.conv("inner", middle, 20, stride(1));
    let norm = graph.batch_norm("inner.bn", inner);
    let sum = graph.add("sum", norm, middle);
    let block = graph.relu("block", sum);
    let deep = graph.conv("deep", block, 24, stride(2));
    let norm = graph.batch_norm("deep.bn", deep);
    let last = graph.relu("last", norm);
    let pooled = graph.global_avg_pool("pool", last);
    let output = graph.linear("fc", pooled, CLASSES);
    let mut network = Network::new(graph.finish(output));
    let mut draw = Draw(7);
    for spec in network.specs().to_vec() {
        let mut value: Vec<f32> =
            (0..spec.elements()).map(|_| spec.kind.neutral() + 0.3 * draw.next()).collect();
        if matches!(spec.name.as_str(), "stem.bn.weight" | "deep.bn.weight") {
            (value[DEAD], value[FLAT]) = (0.0, 0.0);
        }
        if matches!(spec.name.as_str(), "stem.bn.bias" | "deep.bn.bias") {
            (value[DEAD], value[FLAT]) = (-0.5, 0.7);
        }
        assert!(spec.kind != ParameterKind::RunningVar || value.iter().all(|value| *value > 0.0));
        network.set(&spec.name, value).expect("a value that fits");
    }
    network
}

/// `count` images.
pub fn images(count: usize) -> Images {
    let [height, width] = SIZE;
    let mut draw = Draw(11);
    let pixels: Vec<f32> = (0..count * height * width * 3).map(|_| 2.0 * draw.next()).collect();
    Images { pixels: pixels.into(), count, height, width }
}

/// Some of them.
pub fn part(images: &Images, first: usize, count: usize) -> Images {
    let size = images.pixels.len() / images.count;
    Images { pixels: images.pixels[first * size..][..count * size].to_vec().into(), count, ..*images }
}

/// Numbers in [-1, 1) of no particular pattern (Knuth's linear congruential generator).
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1 << 23) as f32 - 1.0
    }
}

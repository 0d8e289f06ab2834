//! A network with every kind of layer.

use camlab::kernel::AxisPadding;
use camlab::nn::graph::function::{Clip, Gelu, HardSigmoid, HardSwish};
use camlab::nn::graph::layer::*;
use camlab::nn::graph::{Graph, GraphBuilder, Window};

/// Classes.
pub const CLASSES: usize = 5;

/// Convolutions (dense, depthwise, uneven), squeeze-and-excitation, parts side by side and shuffled, normalisations,
/// slopes, padding and resizing, then pooling and a classifier.
pub fn graph() -> Graph {
    let (mut graph, image) = GraphBuilder::new(3, 1e-5, 0.1);
    let x = graph.conv_with_bias("stem", image, 12, Window::same(3).stride(2));
    let x = graph.layer("stem.norm", &[x], LayerNorm { channels: 12, eps: 1e-3 });
    let x = graph.function("stem.gelu", x, Gelu::Erf);
    // Depthwise, padded at the end only, then a squeeze and an excitation.
    let after = AxisPadding { before: 0, after: 2 };
    let uneven = Window { padding: [after; 2], ..Window::square(3, 1, 0) };
    let x = graph.grouped_conv("mix", x, 12, uneven, 12);
    let x = graph.batch_norm("mix.bn", x);
    let x = graph.function("mix.relu6", x, Clip::RELU6);
    let squeezed = graph.layer("squeeze", &[x], GridAverage::GLOBAL);
    let gate = graph.conv_with_bias("excite", squeezed, 12, Window::same(1));
    let gate = graph.function("gate", gate, HardSigmoid::SIXTH);
    let x = graph.layer("excited", &[x, gate], Arithmetic { op: ArithmeticOp::Mul });
    // Halves: one goes on as it is.
    let kept = graph.layer("kept", &[x], Slice::of_channels(0, 6));
    let changed = graph.layer("changed", &[x], Slice::of_channels(6, 6));
    let changed = graph.conv("branch", changed, 8, Window::same(1));
    let changed = graph.layer("branch.norm", &[changed], GroupNorm { groups: 8, channels: 8, eps: 1e-3 });
    let changed = graph.layer("branch.prelu", &[changed], Prelu { slopes: 8 });
    let x = graph.layer("joined", &[kept, changed], Concat);
    let x = graph.batch_norm("joined.bn", x);
    let x = graph.relu("joined.relu", x);
    let x = graph.layer("shuffled", &[x], ChannelShuffle { groups: 2 });
    let x = graph.layer("affine", &[x], ChannelAffine { channels: 14 });
    let padded = graph.layer("padded", &[x], Pad { padding: [AxisPadding::even(1); 2], mode: PadMode::Edge });
    let pooled = graph.max_pool("pooled", padded, Window::square(3, 2, 0));
    let size = ResizeSize::Factors([2.0; 2]);
    let resize = Resize { size, mode: ResizeMode::Linear, coordinates: ResizeCoordinates::HalfPixel };
    let wide = graph.layer("resized", &[pooled], resize);
    let x = graph.layer("difference", &[x, wide], Arithmetic { op: ArithmeticOp::Sub });
    let x = graph.conv("last", x, 10, Window::same(3));
    let x = graph.function("features", x, HardSwish);
    let x = graph.global_avg_pool("pool", x);
    let x = graph.linear("fc", x, CLASSES);
    graph.finish(x)
}

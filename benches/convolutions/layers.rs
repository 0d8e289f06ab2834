//! The distinct convolutions of ResNet-50 and VGG-16, read from their graphs.

use camlab::kernel::ConvShape;
use camlab::nn::graph::{Extent, Graph, NodeId, Op};
use camlab::parts::backbone::{BackboneSpec, ResNet50, Vgg16};

const SIDE: usize = 224;

/// A convolution shape that occurs in a network, once or several times.
#[derive(Debug, Clone)]
pub struct Layer {
    name: String,
    /// Shape, including the batch size.
    pub shape: ConvShape,
    /// Number of convolutions of this shape in the network.
    pub times: usize,
    /// `true` if its input is the image.
    pub reads_image: bool,
}

impl std::fmt::Display for Layer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&self.name)
    }
}

/// Every distinct convolution of ResNet-50 and VGG-16 at 224x224 pixels, from input to output.
pub fn layers() -> Vec<Layer> {
    let batch = std::env::var("CAMLAB_BENCH_BATCH").ok().and_then(|batch| batch.parse().ok()).unwrap_or(8);
    let resnet = BackboneSpec::ResNet50(ResNet50::default());
    let vgg = BackboneSpec::Vgg16(Vgg16::default());
    let of = |spec: BackboneSpec, network| {
        convolutions(&spec.build(1000).expect("a buildable backbone"), network, batch)
    };
    [of(resnet, "r50"), of(vgg, "vgg")].concat()
}

fn convolutions(graph: &Graph, network: &str, batch: usize) -> Vec<Layer> {
    let shapes = graph.shapes(SIDE, SIDE).expect("a size that fits");
    let mut list: Vec<Layer> = Vec::new();
    for node in graph.nodes() {
        let Op::Conv { output, window, groups, .. } = node.op else { continue };
        let Extent::Image { channels, height, width } = shapes[node.inputs[0].0] else { continue };
        let geometry = window.convolution(groups);
        let shape = ConvShape::new([batch, height, width, channels], output, window.kernel, geometry)
            .expect("a convolution of its graph");
        match list.iter_mut().find(|layer| layer.shape == shape) {
            Some(layer) => layer.times += 1,
            None => {
                let [stride, _] = window.stride;
                let stride = if stride == 1 { String::new() } else { format!("/{stride}") };
                let name = format!("{network} {height}x{width} {channels}>{output} {window}{stride}");
                let reads_image = node.inputs.contains(&NodeId(0));
                list.push(Layer { name, shape, times: 1, reads_image });
            }
        }
    }
    list
}

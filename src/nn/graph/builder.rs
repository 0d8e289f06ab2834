use super::{Function, Graph, Layer, Node, NodeId, Op, Pooling, Tap, Window};

/// Builds a graph in the order of its data flow, so that a family's file reads like the architecture.
///
/// A repeated name gets torch.fx's suffix: the second `layer1.0.relu` becomes `layer1.0.relu_1`.
#[derive(Debug)]
pub struct GraphBuilder {
    nodes: Vec<Node>,
    channels: Vec<usize>,
    taps: Vec<Tap>,
    eps: f32,
    momentum: f32,
}

impl GraphBuilder {
    /// Starts a graph for images of `channels`, whose batch norms have this `eps` and `momentum`; also
    /// returns its input.
    pub fn new(channels: usize, eps: f32, momentum: f32) -> (Self, NodeId) {
        let mut builder = Self { nodes: Vec::new(), channels: Vec::new(), taps: Vec::new(), eps, momentum };
        let input = builder.push("input", Op::Input { channels }, &[], channels);
        (builder, input)
    }

    /// Number of output channels of `node`.
    pub fn channels(&self, node: NodeId) -> usize {
        self.channels[node.0]
    }

    /// A convolution to `output` channels without bias, as used before a batch norm.
    pub fn conv(&mut self, name: &str, x: NodeId, output: usize, window: Window) -> NodeId {
        let input = self.channels(x);
        self.push(name, Op::Conv { input, output, window, groups: 1, bias: false }, &[x], output)
    }

    /// A convolution to `output` channels with a bias, as in VGG.
    pub fn conv_with_bias(&mut self, name: &str, x: NodeId, output: usize, window: Window) -> NodeId {
        let input = self.channels(x);
        self.push(name, Op::Conv { input, output, window, groups: 1, bias: true }, &[x], output)
    }

    /// A convolution of `groups` of channels without bias; depthwise with a group per channel.
    pub fn grouped_conv(
        &mut self,
        name: &str,
        x: NodeId,
        output: usize,
        window: Window,
        groups: usize,
    ) -> NodeId {
        let input = self.channels(x);
        self.push(name, Op::Conv { input, output, window, groups, bias: false }, &[x], output)
    }

    /// Batch normalisation with the builder's `eps` and `momentum`.
    pub fn batch_norm(&mut self, name: &str, x: NodeId) -> NodeId {
        let channels = self.channels(x);
        let op = Op::BatchNorm { channels, eps: self.eps, momentum: self.momentum };
        self.push(name, op, &[x], channels)
    }

    /// `max(x, 0)`.
    pub fn relu(&mut self, name: &str, x: NodeId) -> NodeId {
        self.push(name, Op::Relu, &[x], self.channels(x))
    }

    /// Another element-wise function.
    pub fn function(&mut self, name: &str, x: NodeId, function: impl Into<Function>) -> NodeId {
        self.push(name, Op::Function(function.into()), &[x], self.channels(x))
    }

    /// An operation on whole activations.
    pub fn layer(&mut self, name: &str, inputs: &[NodeId], layer: impl Into<Layer>) -> NodeId {
        let layer = layer.into();
        let channels: Vec<usize> = inputs.iter().map(|input| self.channels(*input)).collect();
        let channels = layer.function().channels(&channels);
        self.push(name, Op::Layer(layer), inputs, channels)
    }

    /// `x + y`.
    pub fn add(&mut self, name: &str, x: NodeId, y: NodeId) -> NodeId {
        self.push(name, Op::Add, &[x, y], self.channels(x))
    }

    /// Max pooling.
    pub fn max_pool(&mut self, name: &str, x: NodeId, pooling: impl Into<Pooling>) -> NodeId {
        self.push(name, Op::MaxPool(pooling.into()), &[x], self.channels(x))
    }

    /// Average pooling, padding counted.
    pub fn avg_pool(&mut self, name: &str, x: NodeId, pooling: impl Into<Pooling>) -> NodeId {
        let op = Op::AvgPool { pooling: pooling.into(), count_include_pad: true };
        self.push(name, op, &[x], self.channels(x))
    }

    /// Global average pooling.
    pub fn global_avg_pool(&mut self, name: &str, x: NodeId) -> NodeId {
        self.push(name, Op::GlobalAvgPool, &[x], self.channels(x))
    }

    /// Flattens a `height` x `width` feature map to a vector, in PyTorch's order (channels first).
    pub fn flatten(&mut self, name: &str, x: NodeId, height: usize, width: usize) -> NodeId {
        let features = self.channels(x) * height * width;
        self.push(name, Op::Flatten { height, width }, &[x], features)
    }

    /// A linear layer with bias.
    pub fn linear(&mut self, name: &str, x: NodeId, output: usize) -> NodeId {
        let input = self.channels(x);
        self.push(name, Op::Linear { input, output }, &[x], output)
    }

    /// The parameter-free shortcut of CIFAR ResNets (option A).
    pub fn option_a(&mut self, name: &str, x: NodeId, output: usize) -> NodeId {
        let input = self.channels(x);
        self.push(name, Op::OptionA { input, output }, &[x], output)
    }

    /// Gives the output of `node` a module's name in addition to its own.
    pub fn tap(&mut self, name: &str, node: NodeId) {
        self.taps.push(Tap { name: name.to_owned(), node });
    }

    /// Completes the graph, with `output` as its output.
    pub fn finish(self, output: NodeId) -> Graph {
        Graph {
            nodes: self.nodes,
            taps: self.taps,
            output,
            probabilities: crate::ClassProbabilities::default(),
        }
    }

    fn push(&mut self, name: &str, op: Op, inputs: &[NodeId], channels: usize) -> NodeId {
        let taken = |name: &str| self.nodes.iter().any(|node| node.name == name);
        let unique = match taken(name) {
            false => name.to_owned(),
            true => (1..)
                .map(|i| format!("{name}_{i}"))
                .find(|name| !taken(name))
                .unwrap_or_else(|| name.to_owned()),
        };
        let id = NodeId(self.nodes.len());
        self.tap(&unique, id);
        self.nodes.push(Node { name: unique, op, inputs: inputs.to_vec() });
        self.channels.push(channels);
        id
    }
}

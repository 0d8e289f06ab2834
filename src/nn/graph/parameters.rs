use super::layer::LayerParameter;
use super::{Graph, NodeId, Op};

/// Role of a parameter in its operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ParameterKind {
    /// A convolution's weight, `[output, input / groups, rows, columns]`.
    ConvWeight,
    /// A linear layer's weight, `[output, input]`.
    LinearWeight,
    /// A convolution's or linear layer's bias, `[output]`.
    Bias,
    /// The scale of a batch norm (`weight`), `[channels]`.
    Gamma,
    /// The shift of a batch norm (`bias`), `[channels]`.
    Beta,
    /// The scale of another normalisation (`weight`), `[channels]`.
    NormScale,
    /// The shift of another normalisation (`bias`), `[channels]`.
    NormShift,
    /// The slopes of a PReLU, `[1]` or `[channels]`.
    Slope,
    /// The running mean of a batch norm, a buffer: it has no gradient.
    RunningMean,
    /// The running (unbiased) variance of a batch norm, a buffer.
    RunningVar,
}

impl ParameterKind {
    /// True for a buffer: kept with the parameters, never trained.
    pub fn is_buffer(self) -> bool {
        matches!(self, Self::RunningMean | Self::RunningVar)
    }

    /// True for the affine part of a batch norm.
    pub fn is_affine(self) -> bool {
        matches!(self, Self::Gamma | Self::Beta)
    }

    /// Initial value: 1 for scales and variances, 1/4 for slopes, else 0.
    pub fn neutral(self) -> f32 {
        match self {
            Self::Gamma | Self::NormScale | Self::RunningVar => 1.0,
            Self::Slope => 0.25,
            _ => 0.0,
        }
    }
}

/// One parameter or buffer of a graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParameterSpec {
    /// torchvision's name: `layer1.0.bn1.running_mean`.
    pub name: String,
    /// Shape.
    pub shape: Vec<usize>,
    /// Role in its operation.
    pub kind: ParameterKind,
    /// Node it belongs to.
    pub node: NodeId,
}

impl ParameterSpec {
    /// Number of elements.
    pub fn elements(&self) -> usize {
        self.shape.iter().product()
    }
}

impl Graph {
    /// All parameters and buffers in the order of the data flow; those of one node in PyTorch's order.
    pub fn parameters(&self) -> Vec<ParameterSpec> {
        use ParameterKind::*;
        let mut list = Vec::new();
        for id in self.ids() {
            let node = self.node(id);
            let mut put = |suffix: &str, kind, shape: &[usize]| {
                list.push(ParameterSpec {
                    name: format!("{}.{suffix}", node.name),
                    shape: shape.to_vec(),
                    kind,
                    node: id,
                })
            };
            match &node.op {
                Op::Conv { input, output, window, groups, bias } => {
                    put("weight", ConvWeight, &[*output, input / groups, window.kernel[0], window.kernel[1]]);
                    if *bias {
                        put("bias", Bias, &[*output]);
                    }
                }
                Op::BatchNorm { channels, .. } => {
                    put("weight", Gamma, &[*channels]);
                    put("bias", Beta, &[*channels]);
                    put("running_mean", RunningMean, &[*channels]);
                    put("running_var", RunningVar, &[*channels]);
                }
                Op::Linear { input, output } => {
                    put("weight", LinearWeight, &[*output, *input]);
                    put("bias", Bias, &[*output]);
                }
                Op::Layer(layer) => {
                    for LayerParameter { suffix, kind, shape } in layer.function().parameters() {
                        put(suffix, kind, &shape);
                    }
                }
                Op::Input { .. }
                | Op::Relu
                | Op::Function(_)
                | Op::Add
                | Op::MaxPool(_)
                | Op::AvgPool { .. }
                | Op::GlobalAvgPool
                | Op::Flatten { .. }
                | Op::OptionA { .. } => {}
            }
        }
        list
    }
}

//! Compiles a network to a program: weights folded, filters packed.

use std::borrow::Cow;
use std::sync::Arc;

use super::affine::{FoldedAffine, unsupported};
use super::fuse::{Fused, fuse};
use super::number::Number;
use super::{EngineError, EngineOptions};
use camlab_kernel::{ConvGeometry, ConvShape, Filter, OutputRange};
use camlab_nn::Network;
use camlab_nn::graph::{Extent, Function, Layer, NodeId, Op, Pooling, Window};

/// Operation of a step.
#[derive(Debug)]
pub(super) enum StepKind<T: Number> {
    /// Convolution, with the batch norm, addition and range fused into it.
    Conv {
        outputs: usize,
        window: Window,
        groups: usize,
        filter: T::Filter,
        bias: Vec<f32>,
        range: OutputRange,
    },
    /// Batch norm that is not folded into a convolution.
    Affine { affine: FoldedAffine, range: OutputRange },
    /// `x + y`, limited to a range.
    Add { range: OutputRange },
    /// `max(x, 0)`.
    Relu,
    /// Another element-wise function.
    Function(Function),
    /// Images or vectors side by side along the channels, with the batch norm and the range fused into it.
    Concat { affine: Option<FoldedAffine>, range: OutputRange },
    /// An operation on whole activations, with its parameters.
    Layer { layer: Layer, parameters: Vec<Arc<Vec<f32>>> },
    /// Max pooling.
    MaxPool(Pooling),
    /// Average pooling.
    AvgPool { pooling: Pooling, count_include_pad: bool },
    /// Global average pooling; values are `f32` from here on.
    GlobalAvgPool,
    /// Flattening in PyTorch's order (channels first); values are `f32` from here on.
    Flatten,
    /// Linear layer on `f32` features.
    Linear { outputs: usize, filter: Filter, bias: Vec<f32>, range: OutputRange },
    /// Option-A shortcut: every second pixel, zero channels on both sides of the old ones.
    OptionA { outputs: usize },
}

/// One step: reads `input` (and `other`, and `more`) and computes the value of `result`.
#[derive(Debug)]
pub(super) struct ProgramStep<T: Number> {
    pub work: StepKind<T>,
    pub input: NodeId,
    pub other: Option<NodeId>,
    /// Further operands of a layer.
    pub more: Vec<NodeId>,
    pub result: NodeId,
}

impl<T: Number> ProgramStep<T> {
    /// The nodes whose values it reads.
    pub fn reads(&self) -> impl Iterator<Item = NodeId> {
        [Some(self.input), self.other].into_iter().flatten().chain(self.more.iter().copied())
    }
}

/// Steps of a network in execution order.
#[derive(Debug)]
pub(super) struct Program<T: Number> {
    pub steps: Vec<ProgramStep<T>>,
}

impl<T: Number> Program<T> {
    pub fn freeze(network: &Network, options: &EngineOptions) -> Result<Self, EngineError> {
        let graph = network.graph();
        let extents = graph.shapes(options.size[0], options.size[1])?;
        let steps = fuse(graph, &options.keep);
        let steps = steps.iter().map(|fused| freeze_step(network, fused, &extents, options.batch.max(1)));
        Ok(Self { steps: steps.collect::<Result<_, _>>()? })
    }

    /// Size of the packed weights in bytes.
    pub fn bytes(&self) -> usize {
        let bytes = self.steps.iter().map(|step| match &step.work {
            StepKind::Conv { filter, .. } => T::filter_bytes(filter),
            StepKind::Linear { filter, .. } => filter.bytes(),
            _ => 0,
        });
        bytes.sum()
    }
}

fn freeze_step<T: Number>(
    network: &Network,
    fused: &Fused,
    extents: &[Extent],
    batch: usize,
) -> Result<ProgramStep<T>, EngineError> {
    let node = network.graph().node(fused.root);
    let Some(&input) = node.inputs.first() else {
        return Err(unsupported(network, fused.root, "has no input"));
    };
    let kernel = |source| EngineError::Kernel { node: node.name.clone(), source };
    let parameters = &network.values()[network.parameters_of(fused.root)];
    let range = fused.range;
    let work = match (&node.op, parameters) {
        (Op::Conv { output, window, groups, .. }, _) => {
            let (weight, bias) = folded_conv(network, fused)?;
            let Extent::Image { channels, height, width } = extents[input.0] else {
                return Err(unsupported(
                    network,
                    fused.root,
                    "is a convolution whose input has no spatial grid",
                ));
            };
            let shape = conv_shape([batch, height, width, channels], *output, window, *groups);
            let filter = shape.and_then(|shape| T::pack(&shape, &weight)).map_err(kernel)?;
            StepKind::Conv { outputs: *output, window: *window, groups: *groups, filter, bias, range }
        }
        (Op::BatchNorm { .. }, _) => {
            StepKind::Affine { affine: FoldedAffine::of(network, fused.root)?, range }
        }
        (Op::Add, _) => StepKind::Add { range },
        (Op::Relu, _) => StepKind::Relu,
        (Op::Function(function), _) => StepKind::Function(*function),
        (Op::Layer(Layer::Concat(_)), _) => {
            let affine = fused.norm.map(|norm| FoldedAffine::of(network, norm)).transpose()?;
            StepKind::Concat { affine, range }
        }
        (Op::Layer(layer), parameters) => {
            StepKind::Layer { layer: layer.clone(), parameters: parameters.to_vec() }
        }
        (Op::MaxPool(pooling), _) => StepKind::MaxPool(*pooling),
        (Op::AvgPool { pooling, count_include_pad }, _) => {
            StepKind::AvgPool { pooling: *pooling, count_include_pad: *count_include_pad }
        }
        (Op::GlobalAvgPool, _) => StepKind::GlobalAvgPool,
        (Op::Flatten { .. }, _) => StepKind::Flatten,
        (Op::OptionA { output, .. }, _) => StepKind::OptionA { outputs: *output },
        (Op::Linear { input, output }, [weight, bias]) => {
            let shape = linear_shape(batch, *input, *output);
            let filter = shape.and_then(|shape| Filter::pack(&shape, weight)).map_err(kernel)?;
            StepKind::Linear { outputs: *output, filter, bias: bias.to_vec(), range }
        }
        (op, _) => {
            return Err(unsupported(
                network,
                fused.root,
                &format!("has an operation that inference does not support: {op:?}"),
            ));
        }
    };
    let more = match node.op {
        Op::Layer(_) => node.inputs[1..].to_vec(),
        _ => Vec::new(),
    };
    Ok(ProgramStep { work, input, other: fused.other, more, result: fused.result })
}

/// Weights `[out, in / groups, kernel height, kernel width]` and bias of a convolution, with the batch norm fused
/// into it folded in.
pub(super) fn folded_conv<'a>(
    network: &'a Network,
    fused: &Fused,
) -> Result<(Cow<'a, [f32]>, Vec<f32>), EngineError> {
    let parameters = &network.values()[network.parameters_of(fused.root)];
    let (Op::Conv { output, .. }, [weight, bias @ ..]) = (&network.graph().node(fused.root).op, parameters)
    else {
        return Err(unsupported(network, fused.root, "is a convolution without weights"));
    };
    let mut bias = bias.first().map_or_else(|| vec![0.0; *output], |bias| bias.to_vec());
    let mut weight = Cow::Borrowed(weight.as_slice());
    if let Some(norm) = fused.norm {
        let FoldedAffine { scale, shift } = FoldedAffine::of(network, norm)?;
        let each = weight.len() / output;
        let filters = weight.to_mut().chunks_exact_mut(each).zip(&scale);
        filters.for_each(|(filter, scale)| filter.iter_mut().for_each(|weight| *weight *= scale));
        let folded = bias.iter().zip(&scale).zip(&shift);
        bias = folded.map(|((bias, scale), shift)| bias * scale + shift).collect();
    }
    Ok((weight, bias))
}

/// Shape of a convolution in the kernel crate's form.
pub(super) fn conv_shape(
    input: [usize; 4],
    outputs: usize,
    window: &Window,
    groups: usize,
) -> Result<ConvShape, camlab_kernel::KernelError> {
    ConvShape::new(input, outputs, window.kernel, window.convolution(groups))
}

/// Shape of a linear layer, as a 1x1 convolution of 1x1 images.
pub(super) fn linear_shape(
    batch: usize,
    inputs: usize,
    outputs: usize,
) -> Result<ConvShape, camlab_kernel::KernelError> {
    ConvShape::new([batch, 1, 1, inputs], outputs, [1; 2], ConvGeometry::default())
}

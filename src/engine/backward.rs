//! The steps of a program in reverse: gradients with respect to their inputs.

use std::sync::Arc;

use rayon::prelude::*;

use super::EngineError;
use super::affine::{FoldedAffine, unsupported};
use super::freeze::{conv_shape, folded_conv};
use super::fuse::Fused;
use super::values::KeptValues;
use camlab_kernel::{
    BackwardFilter, KernelError, LinearShape, OutputRange, PoolShape, avg_pool2d_backward,
    conv2d_backward_data, linear_backward_data, max_pool2d_backward, max_pool2d_forward, to_channels_last,
};
use camlab_nn::Network;
use camlab_nn::graph::layer::{LayerCall, LayerGradients, LayerInput};
use camlab_nn::graph::{Extent, Function, Graph, Layer, NodeId, Op, Pooling, Window};

/// One step of the backward pass: reads the gradient of `result`, and adds to those of `input` and `other`.
#[derive(Debug)]
pub(super) struct BackwardStep {
    kind: BackwardKind,
    input: NodeId,
    /// The second operand of a sum.
    other: Option<NodeId>,
    /// Further operands of a layer.
    more: Vec<NodeId>,
    /// Range to which the result was limited.
    range: OutputRange,
    result: NodeId,
}

#[derive(Debug)]
enum BackwardKind {
    Conv {
        outputs: usize,
        window: Window,
        groups: usize,
        filter: Box<BackwardFilter>,
    },
    Affine {
        scale: Vec<f32>,
    },
    /// Both operands of a sum, and the input of a ReLU, get the gradient as it is.
    Unchanged,
    Function(Function),
    Layer {
        layer: Layer,
        parameters: Vec<Arc<Vec<f32>>>,
        /// Scale of a batch norm fused into it, by channel.
        scale: Option<Vec<f32>>,
    },
    MaxPool(Pooling),
    AvgPool {
        pooling: Pooling,
        count_include_pad: bool,
    },
    GlobalAvgPool,
    Flatten,
    Linear {
        outputs: usize,
        weight: Arc<Vec<f32>>,
    },
    OptionA {
        outputs: usize,
    },
}

impl BackwardStep {
    /// Prepares the reverse of a fused step; nothing before `from` gets a gradient.
    pub fn freeze(
        network: &Network,
        fused: &Fused,
        extents: &[Extent],
        batch: usize,
        from: NodeId,
    ) -> Result<Self, EngineError> {
        let node = network.graph().node(fused.root);
        let Some(&input) = node.inputs.first() else {
            return Err(unsupported(network, fused.root, "has no input"));
        };
        let kernel = |source| EngineError::Kernel { node: node.name.clone(), source };
        let parameters = &network.values()[network.parameters_of(fused.root)];
        let kind = match (&node.op, parameters) {
            // The skip connection of a block that begins before the last node that gets a gradient.
            (Op::Conv { .. }, _) if input < from => BackwardKind::Unchanged,
            (Op::Conv { output, window, groups, .. }, _) => {
                let Extent::Image { channels, height, width } = extents[input.0] else {
                    return Err(unsupported(network, fused.root, "is a convolution of a vector"));
                };
                let (weight, _) = folded_conv(network, fused)?;
                let shape = conv_shape([batch, height, width, channels], *output, window, *groups);
                let filter = shape.and_then(|shape| BackwardFilter::pack(&shape, &weight)).map_err(kernel)?;
                BackwardKind::Conv {
                    outputs: *output,
                    window: *window,
                    groups: *groups,
                    filter: Box::new(filter),
                }
            }
            (Op::BatchNorm { .. }, _) => {
                BackwardKind::Affine { scale: FoldedAffine::of(network, fused.root)?.scale }
            }
            (Op::Add | Op::Relu, _) => BackwardKind::Unchanged,
            (Op::Function(function), _) => BackwardKind::Function(*function),
            (Op::Layer(layer), parameters) => {
                let norm = fused.norm.map(|norm| FoldedAffine::of(network, norm)).transpose()?;
                let scale = norm.map(|norm| norm.scale);
                BackwardKind::Layer { layer: layer.clone(), parameters: parameters.to_vec(), scale }
            }
            (Op::MaxPool(pooling), _) => BackwardKind::MaxPool(*pooling),
            (Op::AvgPool { pooling, count_include_pad }, _) => {
                BackwardKind::AvgPool { pooling: *pooling, count_include_pad: *count_include_pad }
            }
            (Op::GlobalAvgPool, _) => BackwardKind::GlobalAvgPool,
            (Op::Flatten { .. }, _) => BackwardKind::Flatten,
            (Op::Linear { output, .. }, [weight, _]) => {
                BackwardKind::Linear { outputs: *output, weight: weight.clone() }
            }
            (Op::OptionA { output, .. }, _) => BackwardKind::OptionA { outputs: *output },
            (op, _) => {
                let reason = format!("has an operation that inference does not support: {op:?}");
                return Err(unsupported(network, fused.root, &reason));
            }
        };
        let range = match node.op {
            Op::Relu => OutputRange::RELU,
            _ => fused.range,
        };
        let more = match node.op {
            Op::Layer(_) => node.inputs[1..].to_vec(),
            _ => Vec::new(),
        };
        Ok(Self { kind, input, other: fused.other, more, range, result: fused.result })
    }

    /// The nodes whose values this step reads.
    pub fn reads(&self) -> impl Iterator<Item = NodeId> {
        let reads_input = matches!(
            self.kind,
            BackwardKind::MaxPool(_) | BackwardKind::Function(_) | BackwardKind::Layer { .. }
        );
        let input = reads_input.then_some(self.input);
        (!self.range.is_all())
            .then_some(self.result)
            .into_iter()
            .chain(input)
            .chain(self.more.iter().copied())
    }
}

/// The backward pass of some images of a recorded forward pass.
pub(super) struct BackwardPass<'a> {
    pub kept: &'a KeptValues,
    /// First of the images.
    pub first: usize,
    /// Number of images.
    pub count: usize,
    /// The earliest node that gets a gradient.
    pub from: NodeId,
    pub graph: &'a Graph,
}

impl BackwardPass<'_> {
    /// Gradients at `nodes`, given that of the output.
    pub fn run(
        &self,
        steps: &[BackwardStep],
        seed: Vec<f32>,
        nodes: &[NodeId],
    ) -> Result<Vec<Vec<f32>>, EngineError> {
        let mut gradients: Vec<Option<Vec<f32>>> = vec![None; self.graph.nodes().len()];
        gradients[self.graph.output().0] = Some(seed);
        for step in steps {
            // What the output does not depend on has no gradient.
            let Some(gradient) = gradients[step.result.0].take() else { continue };
            if nodes.contains(&step.result) {
                gradients[step.result.0] = Some(gradient.clone());
            }
            self.step(step, gradient, &mut gradients).map_err(|source| EngineError::Kernel {
                node: self.graph.node(step.result).name.clone(),
                source,
            })?;
        }
        let of = |node: &NodeId| gradients[node.0].clone().unwrap_or_else(|| vec![0.0; self.len(*node)]);
        Ok(nodes.iter().map(of).collect())
    }

    /// Number of elements of a node's value for these images.
    fn len(&self, node: NodeId) -> usize {
        self.count * self.kept.extent(node).elements()
    }

    /// A node's value for these images.
    fn value(&self, node: NodeId) -> Result<&[f32], KernelError> {
        let value = self.kept.activation(node).ok_or(KernelError::Zero { what: "number of kept values" })?;
        let each = self.kept.extent(node).elements();
        Ok(&value.data[self.first * each..][..self.count * each])
    }

    fn step(
        &self,
        step: &BackwardStep,
        mut gradient: Vec<f32>,
        gradients: &mut [Option<Vec<f32>>],
    ) -> Result<(), KernelError> {
        if !step.range.is_all() {
            let OutputRange { low, high } = step.range;
            let pairs = gradient.par_iter_mut().with_min_len(1 << 14).zip(self.value(step.result)?);
            pairs.for_each(|(gradient, y)| *gradient = if *y <= low || *y >= high { 0.0 } else { *gradient });
        }
        if let BackwardKind::Layer { layer, parameters, scale } = &step.kind {
            if let Some(scale) = scale {
                let pixels = gradient.par_chunks_exact_mut(scale.len()).with_min_len(64);
                pixels
                    .for_each(|pixel| pixel.iter_mut().zip(scale).for_each(|(value, scale)| *value *= scale));
            }
            return self.through_layer(step, (layer, parameters), &gradient, gradients);
        }
        if step.input >= self.from {
            let target = gradients[step.input.0].take();
            gradients[step.input.0] = Some(self.through(step, &gradient, target)?);
        }
        if let Some(other) = step.other.filter(|other| *other >= self.from) {
            let target = gradients[other.0].take();
            gradients[other.0] = Some(sum(target, gradient));
        }
        Ok(())
    }

    /// Adds to the gradients of a layer's inputs.
    fn through_layer(
        &self,
        step: &BackwardStep,
        (layer, parameters): (&Layer, &[Arc<Vec<f32>>]),
        gradient: &[f32],
        gradients: &mut [Option<Vec<f32>>],
    ) -> Result<(), KernelError> {
        let operands: Vec<NodeId> = std::iter::once(step.input).chain(step.more.iter().copied()).collect();
        let input = |id: &NodeId| Ok(LayerInput { values: self.value(*id)?, extent: self.kept.extent(*id) });
        let call = LayerCall {
            inputs: operands.iter().map(input).collect::<Result<_, KernelError>>()?,
            parameters: parameters.iter().map(|parameter| &parameter[..]).collect(),
            images: self.count,
            extent: self.kept.extent(step.result),
        };
        let wanted = |id: &NodeId| (*id >= self.from).then(|| vec![0.0; self.len(*id)]);
        let mut to = LayerGradients {
            inputs: operands.iter().map(wanted).collect(),
            parameters: vec![None; parameters.len()],
        };
        layer.function().gradients(&call, gradient, &mut to);
        for (id, own) in operands.iter().zip(to.inputs) {
            if let Some(own) = own {
                let target = gradients[id.0].take();
                gradients[id.0] = Some(sum(target, own));
            }
        }
        Ok(())
    }

    /// The gradient of the step's input: `target` so far, and its share of the step's.
    fn through(
        &self,
        step: &BackwardStep,
        gradient: &[f32],
        target: Option<Vec<f32>>,
    ) -> Result<Vec<f32>, KernelError> {
        let (channels, height, width) = self.kept.extent(step.input).grid();
        let input = [self.count, height, width, channels];
        let accumulate = target.is_some();
        let length = self.len(step.input);
        if let BackwardKind::Conv { outputs, window, groups, filter } = &step.kind {
            let shape = conv_shape(input, *outputs, window, *groups)?;
            let mut target = target.unwrap_or_else(|| vec![0.0; length]);
            conv2d_backward_data(&shape, filter, gradient, accumulate, &mut target)?;
            return Ok(target);
        }
        if let BackwardKind::Linear { outputs, weight } = &step.kind {
            let features = length / self.count.max(1);
            let shape = LinearShape { rows: self.count, features, outputs: *outputs };
            let mut target = target.unwrap_or_else(|| vec![0.0; length]);
            linear_backward_data(shape, weight, gradient, accumulate, &mut target)?;
            return Ok(target);
        }
        let mut own = vec![0.0; length];
        match &step.kind {
            BackwardKind::Affine { scale } => {
                let pixels = own.par_chunks_exact_mut(channels).with_min_len(64);
                pixels.zip(gradient.par_chunks_exact(channels)).for_each(|(own, gradient)| {
                    for (own, (gradient, scale)) in own.iter_mut().zip(gradient.iter().zip(scale)) {
                        *own = gradient * scale;
                    }
                });
            }
            BackwardKind::Function(function) => {
                own.copy_from_slice(gradient);
                let parts = own.par_chunks_mut(1 << 14).zip(self.value(step.input)?.par_chunks(1 << 14));
                parts.for_each(|(own, x)| function.function().chain(own, x));
            }
            BackwardKind::MaxPool(pooling) => {
                let shape = PoolShape::new(input, pooling.geometry())?;
                let (mut output, mut winners) = (vec![0.0; shape.output_len()], vec![0; shape.output_len()]);
                max_pool2d_forward(&shape, self.value(step.input)?, &mut output, &mut winners)?;
                max_pool2d_backward(&shape, &winners, gradient, &mut own)?;
            }
            BackwardKind::AvgPool { pooling, count_include_pad } => {
                let shape = PoolShape::new(input, pooling.geometry())?;
                avg_pool2d_backward(&shape, *count_include_pad, gradient, &mut own)?;
            }
            BackwardKind::GlobalAvgPool => {
                let share = 1.0 / (height * width) as f32;
                let images = own.chunks_exact_mut(height * width * channels);
                for (own, gradient) in images.zip(gradient.chunks_exact(channels)) {
                    for pixel in own.chunks_exact_mut(channels) {
                        pixel.iter_mut().zip(gradient).for_each(|(own, gradient)| *own = gradient * share);
                    }
                }
            }
            BackwardKind::Flatten => to_channels_last(height * width, channels, gradient, &mut own)?,
            BackwardKind::OptionA { outputs } => {
                let before = (outputs - channels) / 2;
                let (rows, columns) = (height.div_ceil(2), width.div_ceil(2));
                for (row, gradient) in gradient.chunks_exact(columns * outputs).enumerate() {
                    let start = (row / rows * height + row % rows * 2) * width * channels;
                    let pixels = own[start..][..width * channels].chunks_exact_mut(channels).step_by(2);
                    for (own, gradient) in pixels.zip(gradient.chunks_exact(*outputs)) {
                        own.copy_from_slice(&gradient[before..][..channels]);
                    }
                }
            }
            BackwardKind::Unchanged => own.copy_from_slice(gradient),
            BackwardKind::Conv { .. } | BackwardKind::Linear { .. } | BackwardKind::Layer { .. } => {}
        }
        Ok(sum(target, own))
    }
}

/// Adds a gradient to the sum of those of other readers.
fn sum(target: Option<Vec<f32>>, gradient: Vec<f32>) -> Vec<f32> {
    let Some(mut target) = target else { return gradient };
    let pairs = target.par_iter_mut().with_min_len(1 << 14).zip(&gradient);
    pairs.for_each(|(target, gradient)| *target += gradient);
    target
}

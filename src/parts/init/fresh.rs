//! Shared by the random initialisations: which parameters are drawn, and from which random stream.

use rand::{Rng, RngExt};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;

use super::InitError;
use camlab_base::random;
use camlab_nn::Network;
use camlab_nn::graph::{Graph, NodeId, Op, ParameterKind, ParameterSpec};

/// Fan-in (`input`) and fan-out (`output`) of a weight.
pub(super) struct Fan {
    pub input: usize,
    pub output: usize,
}

impl Fan {
    /// torch's `_calculate_fan_in_and_fan_out`: the first two dimensions times the rest.
    pub fn of(shape: &[usize]) -> Self {
        let field: usize = shape.iter().skip(2).product();
        let dimension = |index: usize| shape.get(index).copied().unwrap_or(1);
        Self { input: dimension(1) * field, output: dimension(0) * field }
    }
}

/// Initialisation of the head: by the rule itself, or by torch's default for `nn.Linear`.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum HeadRule {
    Drawn,
    TorchDefault,
}

/// Fills `network`: weights by `draw`, all other parameters and buffers with their neutral value.
pub(super) fn fill(
    network: &mut Network,
    seed: u64,
    head: HeadRule,
    zero_residual_gamma: bool,
    draw: impl Fn(&[usize], &mut ChaCha8Rng) -> Vec<f32> + Sync,
) -> Result<(), InitError> {
    let branch_ends = if zero_residual_gamma { residual_ends(network.graph()) } else { Vec::new() };
    let graph = network.graph();
    let linear = |spec: &ParameterSpec| {
        matches!(graph.node(spec.node).op, Op::Linear { .. }) || Some(spec.node) == graph.head_node()
    };
    // Each parameter has its own random stream, so drawing in parallel does not change the result.
    let drawn: Vec<Vec<f32>> = network
        .specs()
        .par_iter()
        .map(|spec| match (spec.kind, head) {
            (
                ParameterKind::LinearWeight | ParameterKind::ConvWeight | ParameterKind::Bias,
                HeadRule::TorchDefault,
            ) if linear(spec) => torch_default(graph, spec, seed),
            (ParameterKind::ConvWeight, _) | (ParameterKind::LinearWeight, HeadRule::Drawn) => {
                draw(&spec.shape, &mut stream(seed, spec))
            }
            (ParameterKind::Gamma, _) if branch_ends.contains(&spec.node) => vec![0.0; spec.elements()],
            (kind, _) => vec![kind.neutral(); spec.elements()],
        })
        .collect();
    let names: Vec<String> = network.specs().iter().map(|spec| spec.name.clone()).collect();
    for (name, value) in names.iter().zip(drawn) {
        network.set(name, value)?;
    }
    Ok(())
}

/// Random stream of a parameter.
pub(super) fn stream(seed: u64, spec: &ParameterSpec) -> ChaCha8Rng {
    random::stream(seed, &format!("init/{}", spec.name))
}

/// torch's defaults: `nn.Linear` and `nn.Conv2d` weights and biases uniform within `1 / sqrt(fan in)`; batch norms
/// are the identity.
pub(super) fn torch_default(graph: &Graph, spec: &ParameterSpec, seed: u64) -> Vec<f32> {
    if spec.kind.is_affine() || spec.kind.is_buffer() {
        return vec![spec.kind.neutral(); spec.elements()];
    }
    let fan_in = match graph.node(spec.node).op {
        Op::Linear { input, .. } => input,
        Op::Conv { input, window, groups, .. } => input / groups.max(1) * window.taps(),
        _ => 1,
    };
    uniform(spec.elements(), 1.0 / (fan_in.max(1) as f32).sqrt(), &mut stream(seed, spec))
}

/// `count` draws from the normal distribution with mean 0 and this standard deviation.
pub(super) fn normal(count: usize, deviation: f32, rng: &mut impl Rng) -> Vec<f32> {
    let mut draw = || -> f32 { StandardNormal.sample(rng) };
    (0..count).map(|_| deviation * draw()).collect()
}

/// `count` draws from the uniform distribution on `[-bound, bound)`.
pub(super) fn uniform(count: usize, bound: f32, rng: &mut impl Rng) -> Vec<f32> {
    (0..count).map(|_| bound * (2.0 * rng.random::<f32>() - 1.0)).collect()
}

/// The batch norms that end a residual branch: the first input of each addition (the second is the shortcut).
pub(super) fn residual_ends(graph: &Graph) -> Vec<NodeId> {
    let sums = graph.nodes().iter().filter(|node| node.op == Op::Add);
    let ends = sums.filter_map(|node| node.inputs.first().copied());
    ends.filter(|id| matches!(graph.node(*id).op, Op::BatchNorm { .. })).collect()
}

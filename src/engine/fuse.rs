//! Operation fusion: nodes of a graph that are computed in one step.

use camlab_kernel::OutputRange;
use camlab_nn::graph::{Graph, Layer, NodeId, Op};

/// Nodes computed together, and the node that receives the result.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fused {
    /// First node, which determines the operation.
    pub root: NodeId,
    /// Batch norm folded into it (`root` being a convolution), or applied with it (`root` being a concatenation).
    pub norm: Option<NodeId>,
    /// Value added to its result (`root` being a convolution), or its second operand (`root` being the sum
    /// itself).
    pub other: Option<NodeId>,
    /// Range to which the result is limited: ReLU, ReLU6 and other clips.
    pub range: OutputRange,
    /// Node whose value this computes.
    pub result: NodeId,
}

/// Splits a graph into fused operations, in an order in which inputs come first. The values of the nodes in
/// `keep` and of the output are among the results.
pub(super) fn fuse(graph: &Graph, keep: &[NodeId]) -> Vec<Fused> {
    let consumers = graph.consumers();
    // The single consumer of a value that is not to be kept: it may be fused with it.
    let follower = |id: NodeId| match &consumers[id.0][..] {
        [next] if id != graph.output() && !keep.contains(&id) => Some(*next),
        _ => None,
    };
    let mut taken = vec![false; graph.nodes().len()];
    let mut list = Vec::new();
    for root in graph.ids() {
        let node = graph.node(root);
        if taken[root.0] || matches!(node.op, Op::Input { .. }) {
            continue;
        }
        let joins = matches!(node.op, Op::Layer(Layer::Concat(_)));
        // A layer has any number of operands, which stay in the graph's list.
        let other = node.inputs.get(1).copied().filter(|_| !matches!(node.op, Op::Layer(_)));
        let mut fused = Fused { root, norm: None, other, range: OutputRange::ALL, result: root };
        while let Some(next) = follower(fused.result).filter(|next| !taken[next.0]) {
            let first = fused.norm.is_none() && fused.other.is_none() && fused.range.is_all();
            let limits = can_limit(&node.op) || (joins && fused.norm.is_some());
            let range = range(&graph.node(next).op).filter(|_| fused.range.is_all() && limits);
            match graph.node(next).op {
                Op::BatchNorm { .. } if first && (matches!(node.op, Op::Conv { .. }) || joins) => {
                    fused.norm = Some(next)
                }
                Op::Add
                    if fused.other.is_none()
                        && fused.range.is_all()
                        && matches!(node.op, Op::Conv { .. }) =>
                {
                    let other = graph.node(next).inputs.iter().find(|input| **input != fused.result);
                    // `x + x` reads one value twice: not fused.
                    let Some(other) = other else { break };
                    fused.other = Some(*other);
                }
                _ => match range {
                    Some(range) => fused.range = range,
                    None => break,
                },
            }
            taken[next.0] = true;
            fused.result = next;
        }
        list.push(fused);
    }
    list.sort_by_key(|fused| fused.result);
    list
}

/// The range to which an operation limits its input, if it does nothing else.
fn range(op: &Op) -> Option<OutputRange> {
    match op {
        Op::Relu => Some(OutputRange::RELU),
        Op::Function(function) => function.function().range(),
        _ => None,
    }
}

fn can_limit(op: &Op) -> bool {
    matches!(op, Op::Conv { .. } | Op::BatchNorm { .. } | Op::Add | Op::Linear { .. })
}

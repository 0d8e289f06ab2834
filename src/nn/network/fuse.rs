use crate::graph::{Graph, NodeId, Op};
use camlab_kernel::OutputRange;

/// A ReLU or another clip that is computed together with the batch norm, and the addition, before it.
#[derive(Debug, Clone, Copy)]
pub(super) struct FusedClip {
    /// The batch norm.
    pub norm: NodeId,
    /// The other operand of the addition between them, if there is one.
    pub residual: Option<NodeId>,
    /// Range of the results.
    pub range: OutputRange,
}

/// Nodes that are computed together.
pub(super) struct Fusions {
    /// For each clip that is computed with earlier nodes, those nodes.
    pub at: Vec<Option<FusedClip>>,
    /// True for nodes that are computed at a later clip.
    pub absorbed: Vec<bool>,
}

impl Fusions {
    /// No nodes computed together.
    pub fn none(graph: &Graph) -> Self {
        Self { at: vec![None; graph.nodes().len()], absorbed: vec![false; graph.nodes().len()] }
    }

    /// Fuses every batch norm that only a ReLU or another clip reads, directly or through an addition; `reads` is the number
    /// of readers of each activation, one more for those that are kept.
    pub fn new(graph: &Graph, reads: &[usize]) -> Self {
        let mut fusions = Self::none(graph);
        let alone = |id: &NodeId| reads[id.0] == 1;
        let is_norm = |id: &NodeId| matches!(graph.node(*id).op, Op::BatchNorm { .. });
        for clip in graph.ids() {
            let range = match graph.node(clip).op {
                Op::Relu => OutputRange::RELU,
                Op::Function(function) => match function.function().range() {
                    Some(range) if !range.is_all() => range,
                    _ => continue,
                },
                _ => continue,
            };
            let Some(before) = graph.node(clip).inputs.first().filter(|id| alone(id)) else { continue };
            let node = graph.node(*before);
            let (norm, residual) = match (&node.op, &node.inputs[..]) {
                (Op::BatchNorm { .. }, _) => (*before, None),
                (Op::Add, [a, b]) if a != b && alone(a) && is_norm(a) => (*a, Some(*b)),
                (Op::Add, [a, b]) if a != b && alone(b) && is_norm(b) => (*b, Some(*a)),
                _ => continue,
            };
            fusions.at[clip.0] = Some(FusedClip { norm, residual, range });
            fusions.absorbed[before.0] = true;
            fusions.absorbed[norm.0] = true;
        }
        fusions
    }
}

//! Steps that are computed together.

use super::freeze::{Program, ProgramStep, StepKind, conv_shape};
use super::number::Number;
use camlab_kernel::ConvShape;
use camlab_nn::graph::{Extent, NodeId};

/// Consecutive steps of a program that are computed together; most are alone.
#[derive(Debug, Clone, Copy)]
pub(super) struct StepSpan<'a, T: Number> {
    steps: &'a [ProgramStep<T>],
}

/// Splits a program into spans for batches of `count` images: convolutions, and the element-wise functions behind them, are joined
/// where that is faster, if nothing but the next step reads their results. The values of `kept` nodes and of `output` stay among
/// the spans' results.
pub(super) fn spans<'a, T: Number>(
    program: &'a Program<T>,
    extents: &[Extent],
    count: usize,
    kept: &[NodeId],
    output: NodeId,
) -> Vec<StepSpan<'a, T>> {
    let mut readers = vec![0; extents.len()];
    program.steps.iter().flat_map(ProgramStep::reads).for_each(|read| readers[read.0] += 1);
    let mut spans = Vec::new();
    let mut rest = &program.steps[..];
    while !rest.is_empty() {
        // The result of the step before is read by this one alone, as its input.
        let follows = |at: usize| {
            let (before, step) = (&rest[at - 1], &rest[at]);
            step.input == before.result
                && readers[before.result.0] == 1
                && before.result != output
                && !kept.contains(&before.result)
        };
        let mut convs: Vec<(ConvShape, &T::Filter)> = Vec::new();
        // For every convolution the number of steps up to it and the function behind it.
        let mut ends = Vec::new();
        let mut at = 0;
        while convs.len() < MOST && at < rest.len() && (at == 0 || follows(at)) {
            let Some(conv) = convolution(&rest[at], extents, count) else { break };
            let adds = rest[at].other.is_some();
            at += 1;
            let function = |step: &ProgramStep<T>| matches!(step.work, StepKind::Function(_));
            if T::APPLIES_FUNCTIONS && rest.get(at).is_some_and(function) && follows(at) {
                at += 1;
            }
            convs.push(conv);
            ends.push(at);
            // What is added in between would have to be kept.
            if adds {
                break;
            }
        }
        let joined = (2..=convs.len()).rev().find(|len| T::joins(&convs[..*len])).unwrap_or(1);
        let (steps, after) = rest.split_at(ends.get(joined - 1).copied().unwrap_or(1));
        spans.push(StepSpan { steps });
        rest = after;
    }
    spans
}

/// Most convolutions that are computed together.
const MOST: usize = 3;

/// The shape and the weights of a convolution of images.
fn convolution<'a, T: Number>(
    step: &'a ProgramStep<T>,
    extents: &[Extent],
    count: usize,
) -> Option<(ConvShape, &'a T::Filter)> {
    let StepKind::Conv { outputs, window, groups, filter, .. } = &step.work else { return None };
    let Extent::Image { channels, height, width } = extents[step.input.0] else { return None };
    let shape = conv_shape([count, height, width, channels], *outputs, window, *groups).ok()?;
    Some((shape, filter))
}

impl<'a, T: Number> StepSpan<'a, T> {
    /// Its steps, at least one.
    pub fn steps(&self) -> &'a [ProgramStep<T>] {
        self.steps
    }

    /// The last step, whose result is the span's.
    pub fn last(&self) -> &'a ProgramStep<T> {
        &self.steps[self.steps.len() - 1]
    }

    /// The node whose value it computes.
    pub fn result(&self) -> NodeId {
        self.last().result
    }

    /// The nodes whose values it reads: all of its first step's, and what its last convolution adds.
    pub fn reads(&self) -> impl Iterator<Item = NodeId> + use<'a, T> {
        let added = self.steps[1..].iter().rev().find_map(|step| step.other);
        self.steps[0].reads().chain(added)
    }

    /// The operand whose buffer it may overwrite with its result, element by element.
    pub fn overwritten(&self) -> Option<NodeId> {
        let last = self.last();
        match &last.work {
            // Not if a convolution also reads that operand as its input.
            StepKind::Conv { .. } => last.other.filter(|other| *other != self.steps[0].input),
            StepKind::Function(_) if self.steps.len() > 1 => {
                let added = self.steps.iter().rev().find_map(|step| step.other);
                added.filter(|other| *other != self.steps[0].input)
            }
            StepKind::Affine { .. } | StepKind::Add { .. } | StepKind::Relu | StepKind::Function(_) => {
                Some(last.input)
            }
            _ => None,
        }
    }
}

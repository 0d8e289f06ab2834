use crate::graph::Op;
use crate::ops::{
    BatchStatistics, Behind, BnMode, ReluRule, add, avg_pool2d, batch_norm_then, conv2d, flatten, function,
    global_avg_pool2d, layer, linear, max_pool2d, relu_by, subsample_pad_channels,
};
use crate::{OpError, Recorder, Value};
use camlab_kernel::recycle;

/// Statistics by which a batch norm normalises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NormStatistics {
    /// Running statistics.
    Running,
    /// Statistics of the batch.
    Batch,
}

/// Runs one operation on `inputs`, which are moved in, so that it may overwrite those without other holders.
/// `parameters` are its own, in the order of [`crate::graph::Graph::parameters`].
pub(super) fn step(
    recorder: &mut Recorder,
    op: &Op,
    inputs: Vec<Value>,
    parameters: &[Value],
    norm: NormStatistics,
    rule: ReluRule,
) -> Result<(Value, Option<BatchStatistics>), OpError> {
    if let Op::Layer(by) = op {
        return Ok((layer(recorder, by, inputs, parameters)?, None));
    }
    let mut inputs = inputs.into_iter();
    let value = match (op, inputs.next(), inputs.next(), parameters) {
        (Op::Conv { window, groups, .. }, Some(x), None, [weight, bias @ ..]) => {
            reading(x, |x| conv2d(recorder, x, weight, bias.first(), window.convolution(*groups)))
        }
        (Op::BatchNorm { .. }, x, None, _) => {
            return normalise(recorder, op, x, parameters, norm, Behind::default());
        }
        (Op::Relu, Some(x), None, []) => relu_by(recorder, x, rule),
        (Op::Function(by), Some(x), None, []) => function(recorder, x, *by),
        (Op::Add, Some(x), Some(y), []) => add(recorder, x, y),
        (Op::MaxPool(pooling), Some(x), None, []) => {
            reading(x, |x| max_pool2d(recorder, x, pooling.geometry()))
        }
        (Op::AvgPool { pooling, count_include_pad }, Some(x), None, []) => {
            reading(x, |x| avg_pool2d(recorder, x, pooling.geometry(), *count_include_pad))
        }
        (Op::GlobalAvgPool, Some(x), None, []) => reading(x, |x| global_avg_pool2d(recorder, x)),
        (Op::Flatten { .. }, Some(x), None, []) => reading(x, |x| flatten(recorder, x)),
        (Op::Linear { .. }, Some(x), None, [weight, bias]) => {
            reading(x, |x| linear(recorder, x, weight, Some(bias)))
        }
        (Op::OptionA { output, .. }, Some(x), None, []) => {
            reading(x, |x| subsample_pad_channels(recorder, x, *output))
        }
        _ => Err(misfit(op, parameters)),
    };
    Ok((value?, None))
}

/// Runs an operation that only reads its input, whose memory is reused if it has no other holder.
fn reading(x: Value, op: impl FnOnce(&Value) -> Result<Value, OpError>) -> Result<Value, OpError> {
    let done = op(&x);
    recycle::give_shared(x.data);
    done
}

/// Runs a batch norm and the operations fused with it.
pub(super) fn normalise(
    recorder: &mut Recorder,
    op: &Op,
    input: Option<Value>,
    parameters: &[Value],
    norm: NormStatistics,
    behind: Behind,
) -> Result<(Value, Option<BatchStatistics>), OpError> {
    let (Op::BatchNorm { eps, .. }, Some(x), [gamma, beta, mean, var]) = (op, input, parameters) else {
        return Err(misfit(op, parameters));
    };
    let mode = match norm {
        NormStatistics::Running => BnMode::Running { mean: &mean.data, var: &var.data },
        NormStatistics::Batch => BnMode::Batch,
    };
    batch_norm_then(recorder, x, gamma, beta, mode, *eps, behind)
}

/// Error for an operation to which the graph gave the wrong inputs.
fn misfit(op: &Op, parameters: &[Value]) -> OpError {
    let message = format!("{op:?} cannot run on its inputs and {} parameters", parameters.len());
    OpError::Dfdx { op: "the graph", message }
}

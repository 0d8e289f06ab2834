use camlab_nn::graph::Op;
use camlab_nn::graph::layer::{GroupNorm, LayerNorm, Lrn};

use super::axes::TensorAxis;
use super::call::{Call, ImportedValue};
use super::importer::Importer;
use crate::fold::place;

/// Values that must be one per channel.
fn per_channel(call: &Call<'_>, at: usize, channels: usize) -> Result<Vec<f32>, String> {
    let values = call.known(at)?.floats();
    match values.len() == channels {
        true => Ok(values),
        false => Err(format!("has {} numbers as operand {at} for {channels} channels", values.len())),
    }
}

pub(super) fn batch_norm(importer: &mut Importer<'_>, call: &Call<'_>) -> Result<Vec<ImportedValue>, String> {
    if call.attributes.int("training_mode", 0) != 0 {
        return Err("is exported for training; export the network for inference (eval)".into());
    }
    let activation = call.activation(0)?.clone();
    let x = importer.image(&activation)?;
    let (channels, ..) = importer.extents[x.0].grid();
    let parameters = (1..=4).map(|at| per_channel(call, at, channels)).collect::<Result<Vec<_>, _>>()?;
    // ONNX's momentum is the weight of the old statistics, PyTorch's that of the new ones.
    let momentum = 1.0 - call.attributes.float("momentum", 0.9);
    let op = Op::BatchNorm { channels, eps: call.attributes.float("epsilon", 1e-5), momentum };
    let node = importer.push(&call.name(), op, vec![x], parameters)?;
    Ok(vec![Importer::like(&activation, node)])
}

pub(super) fn layer_norm(importer: &mut Importer<'_>, call: &Call<'_>) -> Result<Vec<ImportedValue>, String> {
    let activation = call.activation(0)?.clone();
    let rank = activation.axes.len();
    let axis = place(call.attributes.int("axis", -1), rank)?;
    if axis + 1 != rank || activation.axes[axis] != TensorAxis::Channel {
        return Err(format!("normalises over {:?}; channels alone are supported", &activation.axes[axis..]));
    }
    let (channels, ..) = importer.extents[activation.node.0].grid();
    let shift = match call.constant(2)? {
        Some(_) => per_channel(call, 2, channels)?,
        None => vec![0.0; channels],
    };
    let parameters = vec![per_channel(call, 1, channels)?, shift];
    let norm = LayerNorm { channels, eps: call.attributes.float("epsilon", 1e-5) };
    let node = importer.push(&call.name(), Op::Layer(norm.into()), vec![activation.node], parameters)?;
    Ok(vec![Importer::like(&activation, node)])
}

pub(super) fn instance_norm(
    importer: &mut Importer<'_>,
    call: &Call<'_>,
) -> Result<Vec<ImportedValue>, String> {
    let activation = call.activation(0)?.clone();
    let x = importer.image(&activation)?;
    let (channels, ..) = importer.extents[x.0].grid();
    let parameters = vec![per_channel(call, 1, channels)?, per_channel(call, 2, channels)?];
    let norm = GroupNorm { groups: channels, channels, eps: call.attributes.float("epsilon", 1e-5) };
    let node = importer.push(&call.name(), Op::Layer(norm.into()), vec![x], parameters)?;
    Ok(vec![Importer::like(&activation, node)])
}

pub(super) fn group_norm(importer: &mut Importer<'_>, call: &Call<'_>) -> Result<Vec<ImportedValue>, String> {
    let activation = call.activation(0)?.clone();
    let x = importer.image(&activation)?;
    let (channels, ..) = importer.extents[x.0].grid();
    let groups = usize::try_from(call.attributes.int("num_groups", 0)).unwrap_or(0);
    // Before version 21 there was a number per group.
    let each = |at: usize| -> Result<Vec<f32>, String> {
        let values = call.known(at)?.floats();
        match values.len() {
            count if count == channels => Ok(values),
            count if count == groups && groups > 0 => {
                Ok((0..channels).map(|channel| values[channel * groups / channels]).collect())
            }
            count => Err(format!("has {count} numbers as operand {at} for {channels} channels")),
        }
    };
    let parameters = vec![each(1)?, each(2)?];
    let norm = GroupNorm { groups, channels, eps: call.attributes.float("epsilon", 1e-5) };
    let node = importer.push(&call.name(), Op::Layer(norm.into()), vec![x], parameters)?;
    Ok(vec![Importer::like(&activation, node)])
}

pub(super) fn lrn(importer: &mut Importer<'_>, call: &Call<'_>) -> Result<Vec<ImportedValue>, String> {
    let activation = call.activation(0)?.clone();
    let x = importer.image(&activation)?;
    let norm = Lrn {
        size: usize::try_from(call.attributes.int("size", 0)).unwrap_or(0),
        alpha: call.attributes.float("alpha", 1e-4),
        beta: call.attributes.float("beta", 0.75),
        bias: call.attributes.float("bias", 1.0),
    };
    let node = importer.push(&call.name(), Op::Layer(norm.into()), vec![x], Vec::new())?;
    Ok(vec![Importer::like(&activation, node)])
}

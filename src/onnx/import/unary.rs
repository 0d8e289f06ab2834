use camlab_nn::graph::function::{
    Clip, Elu, Erf, Gelu, HardSigmoid, HardSwish, LeakyRelu, Power, Rescale, Sigmoid, Silu, Tanh,
};
use camlab_nn::graph::layer::{Prelu, Softmax};
use camlab_nn::graph::{Function, Op};

use super::axes::TensorAxis;
use super::call::{Call, ImportedValue};
use super::importer::Importer;
use crate::fold::place;

/// A function of every number, with the dimensions of its operand.
pub(super) fn apply(
    importer: &mut Importer<'_>,
    call: &Call<'_>,
    op: Op,
) -> Result<Vec<ImportedValue>, String> {
    let activation = call.activation(0)?.clone();
    let node = importer.push(&call.name(), op, vec![activation.node], Vec::new())?;
    Ok(vec![Importer::like(&activation, node)])
}

pub(super) fn relu(importer: &mut Importer<'_>, call: &Call<'_>) -> Result<Vec<ImportedValue>, String> {
    apply(importer, call, Op::Relu)
}

pub(super) fn function(importer: &mut Importer<'_>, call: &Call<'_>) -> Result<Vec<ImportedValue>, String> {
    let attributes = call.attributes;
    let function: Function = match call.node.op_type.as_str() {
        "LeakyRelu" => LeakyRelu { slope: attributes.float("alpha", 0.01) }.into(),
        "Elu" => Elu::new(attributes.float("alpha", 1.0)).into(),
        "Selu" => Elu {
            alpha: attributes.float("alpha", Elu::SELU.alpha),
            scale: attributes.float("gamma", Elu::SELU.scale),
        }
        .into(),
        "Sigmoid" => Sigmoid.into(),
        "HardSigmoid" => {
            HardSigmoid { alpha: attributes.float("alpha", 0.2), beta: attributes.float("beta", 0.5) }.into()
        }
        "HardSwish" => HardSwish.into(),
        "Swish" if attributes.float("alpha", 1.0) == 1.0 => Silu.into(),
        "Tanh" => Tanh.into(),
        "Gelu" => match attributes.word("approximate", "none") {
            "tanh" => Gelu::Tanh.into(),
            _ => Gelu::Erf.into(),
        },
        "Erf" => Erf.into(),
        "Neg" => Rescale { scale: -1.0, shift: 0.0 }.into(),
        "Reciprocal" => Power { exponent: -1.0 }.into(),
        "Sqrt" => Power { exponent: 0.5 }.into(),
        other => return Err(format!("is a form of {other} that is not supported")),
    };
    apply(importer, call, Op::Function(function))
}

pub(super) fn clip(importer: &mut Importer<'_>, call: &Call<'_>) -> Result<Vec<ImportedValue>, String> {
    let bound = |name: &str, at: usize, default: f32| -> Result<f32, String> {
        match call.constant(at)? {
            Some(tensor) => tensor.number().ok_or_else(|| format!("needs one number as {name}")),
            None => Ok(call.attributes.float(name, default)),
        }
    };
    let (low, high) = (bound("min", 1, f32::MIN)?, bound("max", 2, f32::MAX)?);
    match low == 0.0 && high == f32::MAX {
        true => relu(importer, call),
        false => apply(importer, call, Op::Function(Clip { low, high }.into())),
    }
}

/// The least or the largest of every number and a constant.
pub(super) fn limit(importer: &mut Importer<'_>, call: &Call<'_>) -> Result<Vec<ImportedValue>, String> {
    let image =
        call.inputs.iter().position(|input| matches!(input, Some(ImportedValue::Activation(_)))).unwrap_or(0);
    let number = match call.inputs.len() {
        2 => call.known(1 - image)?.number(),
        _ => None,
    };
    let number = number.ok_or("needs an activation and one number")?;
    let bounds = match call.node.op_type.as_str() {
        "Max" => Clip { low: number, high: f32::MAX },
        _ => Clip { low: f32::MIN, high: number },
    };
    let activation = call.activation(image)?.clone();
    let node = importer.push(&call.name(), Op::Function(bounds.into()), vec![activation.node], Vec::new())?;
    Ok(vec![Importer::like(&activation, node)])
}

pub(super) fn prelu(importer: &mut Importer<'_>, call: &Call<'_>) -> Result<Vec<ImportedValue>, String> {
    let activation = call.activation(0)?.clone();
    let slopes = call.known(1)?;
    let (channels, ..) = importer.extents[activation.node.0].grid();
    let longest = slopes.shape.iter().copied().max().unwrap_or(1);
    let along_channels = || {
        let at = activation.place(TensorAxis::Channel)? + slopes.shape.len();
        at.checked_sub(activation.axes.len()).and_then(|at| slopes.shape.get(at))
    };
    if slopes.len() != longest
        || (longest > 1 && (longest != channels || along_channels() != Some(&channels)))
    {
        return Err(format!("has slopes of shape {:?}; one, or one per channel, is supported", slopes.shape));
    }
    let op = Op::Layer(Prelu { slopes: longest }.into());
    let node = importer.push(&call.name(), op, vec![activation.node], vec![slopes.floats()])?;
    Ok(vec![Importer::like(&activation, node)])
}

pub(super) fn softmax(importer: &mut Importer<'_>, call: &Call<'_>) -> Result<Vec<ImportedValue>, String> {
    let activation = call.activation(0)?.clone();
    // The default was 1 before version 13, where everything from the axis on was one dimension.
    let axis = place(call.attributes.int("axis", -1), activation.axes.len())?;
    if activation.axes[axis] != TensorAxis::Channel {
        return Err(format!("is taken over {:?}; channels are supported", activation.axes[axis]));
    }
    apply(importer, call, Op::Layer(Softmax.into()))
}

/// Operators that change nothing in inference.
pub(super) fn identity(_: &mut Importer<'_>, call: &Call<'_>) -> Result<Vec<ImportedValue>, String> {
    if call.node.op_type == "Cast" && !matches!(call.attributes.int("to", 1), 1 | 10 | 11 | 16) {
        return Err("converts an activation to whole numbers, which is not supported".into());
    }
    Ok(vec![ImportedValue::Activation(call.activation(0)?.clone())])
}

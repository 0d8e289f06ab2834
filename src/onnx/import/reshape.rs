use std::sync::Arc;

use camlab_nn::graph::layer::{ChannelShuffle, Concat, Slice};
use camlab_nn::graph::{NodeId, Op};

use super::axes::{TensorAxis, TensorView};
use super::call::{Call, ImportedValue};
use super::importer::Importer;
use crate::fold::{self, SliceBounds, part_of_shape, place};
use crate::tensor::Tensor;

pub(super) fn shape(importer: &mut Importer<'_>, call: &Call<'_>) -> Result<Vec<ImportedValue>, String> {
    let lengths: Vec<i64> =
        importer.shape(call.activation(0)?).into_iter().map(|length| length as i64).collect();
    Ok(vec![ImportedValue::Constant(Arc::new(Tensor::ints(part_of_shape(&lengths, call.attributes))))])
}

pub(super) fn transpose(_: &mut Importer<'_>, call: &Call<'_>) -> Result<Vec<ImportedValue>, String> {
    let activation = call.activation(0)?;
    let order = fold::order(call.attributes, activation.axes.len())?;
    let axes = order.iter().map(|at| activation.axes[*at]).collect();
    Ok(vec![ImportedValue::Activation(TensorView { node: activation.node, axes })])
}

pub(super) fn concat(importer: &mut Importer<'_>, call: &Call<'_>) -> Result<Vec<ImportedValue>, String> {
    let parts =
        (0..call.inputs.len()).map(|at| call.activation(at).cloned()).collect::<Result<Vec<_>, _>>()?;
    let first = parts.first().ok_or("lacks operands")?.clone();
    let axis = place(call.attributes.int("axis", 0), first.axes.len())?;
    if parts.iter().any(|part| part.axes != first.axes) {
        return Err("joins activations whose dimensions differ in meaning".into());
    }
    if first.axes[axis] != TensorAxis::Channel {
        return Err(format!("joins along {:?}; channels are supported", first.axes[axis]));
    }
    if let [only] = &parts[..] {
        return Ok(vec![ImportedValue::Activation(only.clone())]);
    }
    let inputs = parts.iter().map(|part| part.node).collect();
    let node = importer.push(&call.name(), Op::Layer(Concat.into()), inputs, Vec::new())?;
    Ok(vec![Importer::like(&first, node)])
}

pub(super) fn split(importer: &mut Importer<'_>, call: &Call<'_>) -> Result<Vec<ImportedValue>, String> {
    let activation = call.activation(0)?.clone();
    let axis = place(call.attributes.int("axis", 0), activation.axes.len())?;
    if activation.axes[axis] != TensorAxis::Channel {
        return Err(format!("splits {:?}; channels are supported", activation.axes[axis]));
    }
    let (channels, ..) = importer.extents[activation.node.0].grid();
    let parts = call.node.output.len();
    let sizes = match call.ints("split", 1)? {
        Some(sizes) => sizes.iter().map(|size| usize::try_from(*size).unwrap_or(0)).collect::<Vec<_>>(),
        None => {
            let each = channels.div_ceil(parts.max(1));
            (0..parts).map(|part| each.min(channels.saturating_sub(part * each))).collect()
        }
    };
    if sizes.iter().sum::<usize>() != channels || sizes.len() != parts {
        return Err(format!("splits {channels} channels into {sizes:?}"));
    }
    let mut start = 0;
    let mut values = Vec::with_capacity(parts);
    for (part, size) in sizes.into_iter().enumerate() {
        let op = Op::Layer(Slice::of_channels(start, size).into());
        let node =
            importer.push(&format!("{}.{part}", call.name()), op, vec![activation.node], Vec::new())?;
        values.push(Importer::like(&activation, node));
        start += size;
    }
    Ok(values)
}

pub(super) fn slice(importer: &mut Importer<'_>, call: &Call<'_>) -> Result<Vec<ImportedValue>, String> {
    let activation = call.activation(0)?.clone();
    let constants: Vec<Option<&Tensor>> = (0..call.inputs.len())
        .map(|at| if at == 0 { Ok(None) } else { call.constant(at) })
        .collect::<Result<_, _>>()?;
    let lengths = importer.shape(&activation);
    let bounds = SliceBounds::of(&constants, call.attributes)?.on(&lengths)?;
    let mut own = Slice { start: [0; 3], count: [None; 3], step: [1; 3] };
    let mut changes = false;
    for (at, (start, count, step)) in bounds.into_iter().enumerate() {
        if (start, count, step) == (0, lengths[at], 1) {
            continue;
        }
        changes = true;
        let axis = match activation.axes[at] {
            TensorAxis::Channel => 0,
            TensorAxis::Row => 1,
            TensorAxis::Column => 2,
            other => {
                return Err(format!("takes a part of {other:?}; channels, rows and columns are supported"));
            }
        };
        let step = usize::try_from(step).map_err(|_| "takes indices backwards, which is not supported")?;
        (own.start[axis], own.count[axis], own.step[axis]) = (start, Some(count), step);
    }
    if !changes {
        return Ok(vec![ImportedValue::Activation(activation)]);
    }
    let node = importer.push(&call.name(), Op::Layer(own.into()), vec![activation.node], Vec::new())?;
    Ok(vec![Importer::like(&activation, node)])
}

/// All elements in their order: PyTorch's newer exporter writes some transpositions so.
pub(super) fn gather(importer: &mut Importer<'_>, call: &Call<'_>) -> Result<Vec<ImportedValue>, String> {
    let activation = call.activation(0)?.clone();
    let indices = call.known(1)?;
    let [TensorAxis::All] = activation.axes[..] else {
        return Err("picks elements of an activation, which is not supported".into());
    };
    let lengths = importer.shape(&activation);
    let ordered = indices.whole().is_some_and(|chosen| chosen.into_iter().eq(0..lengths[0] as i64));
    if !ordered {
        return Err("picks elements of an activation in another order, which is not supported".into());
    }
    let plain = TensorView { node: activation.node, axes: vec![TensorAxis::Batch, TensorAxis::Channel] };
    let lengths = importer.shape(&plain);
    arranged(importer, call, &plain, &lengths, &indices.shape).map(|value| vec![value])
}

pub(super) fn squeeze(importer: &mut Importer<'_>, call: &Call<'_>) -> Result<Vec<ImportedValue>, String> {
    let activation = call.activation(0)?;
    let lengths = importer.shape(activation);
    let gone = match call.ints("axes", 1)? {
        None => (0..lengths.len())
            .filter(|at| lengths[*at] == 1 && activation.axes[*at] != TensorAxis::Batch)
            .collect(),
        Some(axes) => axes.iter().map(|axis| place(*axis, lengths.len())).collect::<Result<Vec<_>, _>>()?,
    };
    if let Some(at) = gone.iter().find(|at| lengths[**at] != 1) {
        return Err(format!("drops a dimension of length {}", lengths[*at]));
    }
    let kept = activation.axes.iter().enumerate().filter(|(at, _)| !gone.contains(at)).map(|(_, axis)| *axis);
    Ok(vec![ImportedValue::Activation(TensorView { node: activation.node, axes: kept.collect() })])
}

pub(super) fn unsqueeze(_: &mut Importer<'_>, call: &Call<'_>) -> Result<Vec<ImportedValue>, String> {
    let activation = call.activation(0)?;
    let axes = call.ints("axes", 1)?.ok_or("lacks its axes")?;
    let rank = activation.axes.len() + axes.len();
    let new = axes.iter().map(|axis| place(*axis, rank)).collect::<Result<Vec<_>, _>>()?;
    let mut rest = activation.axes.iter();
    let axes: Option<Vec<TensorAxis>> = (0..rank)
        .map(|at| if new.contains(&at) { Some(TensorAxis::One) } else { rest.next().copied() })
        .collect();
    let axes = axes.ok_or("names an axis twice")?;
    Ok(vec![ImportedValue::Activation(TensorView { node: activation.node, axes })])
}

pub(super) fn flatten(importer: &mut Importer<'_>, call: &Call<'_>) -> Result<Vec<ImportedValue>, String> {
    let activation = call.activation(0)?.clone();
    let lengths = importer.shape(&activation);
    let axis = place(call.attributes.int("axis", 1), lengths.len() + 1)?;
    let target = [lengths[..axis].iter().product(), lengths[axis..].iter().product()];
    arranged(importer, call, &activation, &lengths, &target).map(|value| vec![value])
}

pub(super) fn reshape(importer: &mut Importer<'_>, call: &Call<'_>) -> Result<Vec<ImportedValue>, String> {
    let activation = call.activation(0)?.clone();
    let target = match call.attributes.ints("shape") {
        Some(shape) => shape.to_vec(),
        None => call.known(1)?.whole().ok_or("needs whole numbers as its shape")?,
    };
    let lengths = importer.shape(&activation);
    let target = fold::reshape(&lengths, &target, call.attributes.int("allowzero", 0) != 0)?;
    arranged(importer, call, &activation, &lengths, &target).map(|value| vec![value])
}

/// An activation with other dimensions for the same elements.
fn arranged(
    importer: &mut Importer<'_>,
    call: &Call<'_>,
    activation: &TensorView,
    lengths: &[usize],
    target: &[usize],
) -> Result<ImportedValue, String> {
    let misfit =
        || format!("reshapes {:?} of {lengths:?} to {target:?}, which is not supported", activation.axes);
    let channels = importer.shape(activation).iter().product::<usize>() / importer.images().max(1);
    let (wide, height, width) = importer.extents[activation.node.0].grid();
    if target[..] == [importer.images() * channels] && (height, width) == (1, 1) && wide == channels {
        return Ok(ImportedValue::Activation(TensorView {
            node: activation.node,
            axes: vec![TensorAxis::All],
        }));
    }
    if activation.axes.first() != Some(&TensorAxis::Batch) || target.first() != Some(&importer.images()) {
        return Err(misfit());
    }
    let long = |(axis, length): (&TensorAxis, &usize)| (*length > 1).then_some((*axis, *length));
    let from: Vec<(TensorAxis, usize)> =
        activation.axes[1..].iter().zip(&lengths[1..]).filter_map(long).collect();
    let to: Vec<usize> = target[1..].iter().copied().filter(|length| *length > 1).collect();
    // The meanings of the long dimensions; those of length 1 have none.
    let named = |axes: &[TensorAxis]| {
        let mut axes = axes.iter();
        let axis = |length: &usize| {
            if *length > 1 { axes.next().copied().unwrap_or(TensorAxis::One) } else { TensorAxis::One }
        };
        let rest: Vec<TensorAxis> = target[1..].iter().map(axis).collect();
        [&[TensorAxis::Batch][..], &rest].concat()
    };
    let like = |node: NodeId, axes: &[TensorAxis]| {
        Ok(ImportedValue::Activation(TensorView { node, axes: named(axes) }))
    };
    let own: Vec<TensorAxis> = from.iter().map(|(axis, _)| *axis).collect();
    if from.iter().map(|(_, length)| *length).eq(to.iter().copied()) {
        // A single channel keeps its meaning where nothing else has any.
        if own.is_empty() && target.len() == 2 {
            return Ok(ImportedValue::Activation(TensorView {
                node: activation.node,
                axes: vec![TensorAxis::Batch, TensorAxis::Channel],
            }));
        }
        return like(activation.node, &own);
    }
    let all: usize = from.iter().map(|(_, length)| length).product();
    if to[..] == [all] {
        let (_, height, width) = importer.extents[activation.node.0].grid();
        return match own[..] {
            [TensorAxis::Channel, TensorAxis::Row, TensorAxis::Column]
            | [TensorAxis::Channel, TensorAxis::Row]
            | [TensorAxis::Channel, TensorAxis::Column]
            | [TensorAxis::Row, TensorAxis::Column] => {
                let op = Op::Flatten { height, width };
                let node = importer.push(&call.name(), op, vec![activation.node], Vec::new())?;
                like(node, &[TensorAxis::Channel])
            }
            [TensorAxis::Row, TensorAxis::Column, TensorAxis::Channel]
            | [TensorAxis::Row, TensorAxis::Channel]
            | [TensorAxis::Column, TensorAxis::Channel] => like(activation.node, &[TensorAxis::Flat]),
            _ => Err(misfit()),
        };
    }
    // Channels in groups, and back: in another order, they are shuffled.
    if let Some(at) = own.iter().position(|axis| *axis == TensorAxis::Channel)
        && to.len() == from.len() + 1
        && to[at] * to[at + 1] == from[at].1
    {
        let mut axes = own.clone();
        axes.splice(at..=at, [TensorAxis::Groups(to[at]), TensorAxis::InGroup(to[at + 1])]);
        let fits = axes.iter().zip(&to).all(|(axis, length)| {
            axis.length(importer.extents[activation.node.0], importer.images()) == *length
        });
        return if fits { like(activation.node, &axes) } else { Err(misfit()) };
    }
    let pair = own.windows(2).position(|pair| {
        matches!(
            pair,
            [TensorAxis::Groups(_), TensorAxis::InGroup(_)] | [TensorAxis::InGroup(_), TensorAxis::Groups(_)]
        )
    });
    if let Some(at) = pair
        && to.len() + 1 == from.len()
        && to[at] == from[at].1 * from[at + 1].1
    {
        let mut axes = own.clone();
        let node = match axes[at] {
            TensorAxis::InGroup(_) => {
                let op = Op::Layer(ChannelShuffle { groups: from[at + 1].1 }.into());
                importer.push(&call.name(), op, vec![activation.node], Vec::new())?
            }
            _ => activation.node,
        };
        axes.splice(at..=at + 1, [TensorAxis::Channel]);
        return like(node, &axes);
    }
    Err(misfit())
}

//! Nodes whose operands are constants: exporters compute shapes and paddings by chains of them.

mod axis;
mod elements;
mod slices;

use super::attributes::Attributes;
use super::tensor::{Tensor, TensorData};
use elements::{binary, broadcast, broadcast_indices, compare, unary};
use slices::sliced;

pub(crate) use axis::place;
pub(crate) use slices::SliceBounds;

/// The result of an operator on constants, of at most `most` elements; `None` for operators that are not computed at import.
///
/// # Errors
/// A verb phrase for operands that do not fit.
pub(crate) fn fold(
    operator: &str,
    inputs: &[Option<&Tensor>],
    attributes: Attributes<'_>,
    most: usize,
) -> Result<Option<Tensor>, String> {
    let fits = |shape: &[usize]| match product(shape)? {
        count if count > most => {
            Err(format!("computes a constant of {count} elements, more than the file's size allows"))
        }
        count => Ok(count),
    };
    let get = |at: usize| -> Result<&Tensor, String> {
        inputs.get(at).copied().flatten().ok_or_else(|| format!("lacks operand {at}"))
    };
    let whole = |at: usize| -> Result<Vec<i64>, String> {
        get(at)?.whole().ok_or_else(|| format!("needs whole numbers as operand {at}"))
    };
    Ok(Some(match operator {
        "Constant" => constant(attributes)?,
        "Identity" => get(0)?.clone(),
        "ConstantOfShape" => {
            let shape = lengths(&whole(0)?)?;
            let value = match attributes.tensor("value") {
                Some(proto) => Tensor::of(proto, &proto.raw_data)?,
                None => Tensor { shape: vec![1], data: TensorData::Floats(vec![0.0]) },
            };
            let count = fits(&shape)?;
            if value.len() != 1 {
                return Err("needs one value".into());
            }
            value.select(shape, std::iter::repeat_n(0, count))
        }
        "Cast" => cast(get(0)?, attributes.int("to", 1)),
        "Shape" => {
            let shape: Vec<i64> = get(0)?.shape.iter().map(|length| *length as i64).collect();
            Tensor::ints(part_of_shape(&shape, attributes))
        }
        "Gather" => {
            let (tensor, indices, axis) = (get(0)?, get(1)?, attributes.int("axis", 0));
            let at = place(axis, tensor.shape.len())?;
            let (before, after) = tensor.shape.split_at(at);
            fits(&[before, &indices.shape, &after[1..]].concat())?;
            gather(tensor, indices, axis)?
        }
        "Unsqueeze" => {
            let axes = match attributes.ints("axes") {
                Some(axes) => axes.to_vec(),
                None => whole(1)?,
            };
            let tensor = get(0)?;
            let rank = tensor.shape.len() + axes.len();
            let axes = axes.iter().map(|axis| place(*axis, rank)).collect::<Result<Vec<_>, _>>()?;
            let mut rest = tensor.shape.iter();
            let shape: Option<Vec<usize>> =
                (0..rank).map(|at| if axes.contains(&at) { Some(1) } else { rest.next().copied() }).collect();
            Tensor { shape: shape.ok_or("names an axis twice")?, data: tensor.data.clone() }
        }
        "Squeeze" => {
            let tensor = get(0)?;
            let axes = match (attributes.ints("axes"), inputs.get(1).copied().flatten()) {
                (Some(axes), _) => Some(axes.to_vec()),
                (None, Some(_)) => Some(whole(1)?),
                (None, None) => None,
            };
            let rank = tensor.shape.len();
            let axes = match axes {
                None => (0..rank).filter(|at| tensor.shape[*at] == 1).collect(),
                Some(axes) => axes.iter().map(|axis| place(*axis, rank)).collect::<Result<Vec<_>, _>>()?,
            };
            let kept = (0..rank).filter(|at| !axes.contains(at)).map(|at| tensor.shape[at]).collect();
            reshaped(tensor, kept)?
        }
        "Reshape" => {
            let (tensor, target) = (get(0)?, whole(1)?);
            let shape = reshape(&tensor.shape, &target, attributes.int("allowzero", 0) != 0)?;
            reshaped(tensor, shape)?
        }
        "Flatten" => {
            let tensor = get(0)?;
            let axis = place(attributes.int("axis", 1), tensor.shape.len() + 1)?;
            let (before, after) = tensor.shape.split_at(axis);
            reshaped(tensor, vec![product(before)?, product(after)?])?
        }
        "Transpose" => {
            let tensor = get(0)?;
            let order = order(attributes, tensor.shape.len())?;
            tensor.transposed(&order)
        }
        "Concat" => concat(inputs, attributes.int("axis", 0))?,
        "Slice" => {
            let tensor = get(0)?;
            let slice = SliceBounds::of(inputs, attributes)?;
            sliced(tensor, &slice.on(&tensor.shape)?)
        }
        "Expand" => {
            let (tensor, shape) = (get(0)?, lengths(&whole(1)?)?);
            let shape = broadcast(&tensor.shape, &shape)?;
            fits(&shape)?;
            tensor.select(shape.clone(), broadcast_indices(&tensor.shape, &shape).into_iter())
        }
        "Range" => {
            let [start, limit, delta] = [whole(0)?, whole(1)?, whole(2)?].map(|values| match values[..] {
                [value] => Ok(value),
                _ => Err("needs single numbers"),
            });
            let (start, limit, delta) = (start?, limit?, delta?);
            if delta == 0 {
                return Err("has a step of 0".into());
            }
            let count = ((limit as f64 - start as f64) / delta as f64).ceil().max(0.0);
            let count = fits(&[count.min(u32::MAX.into()) as usize])? as i64;
            let value = |at: i64| at.checked_mul(delta).and_then(|step| start.checked_add(step));
            let values: Option<Vec<i64>> = (0..count).map(value).collect();
            Tensor::ints(values.ok_or("overflows")?)
        }
        "Neg" | "Floor" | "Ceil" | "Sqrt" | "Abs" | "Exp" | "Reciprocal" => unary(operator, get(0)?),
        "Add" | "Sub" | "Mul" | "Div" | "Min" | "Max" | "Pow" => {
            fits(&broadcast(&get(0)?.shape, &get(1)?.shape)?)?;
            let mut result = binary(operator, get(0)?, get(1)?)?;
            // `Min` and `Max` have any number of operands.
            for more in inputs.iter().skip(2).flatten() {
                fits(&broadcast(&result.shape, &more.shape)?)?;
                result = binary(operator, &result, more)?;
            }
            result
        }
        "Equal" | "Less" | "Greater" => {
            fits(&broadcast(&get(0)?.shape, &get(1)?.shape)?)?;
            compare(operator, get(0)?, get(1)?)?
        }
        "Where" => {
            let (chosen, a, b) = (get(0)?, get(1)?, get(2)?);
            let shape = broadcast(&broadcast(&chosen.shape, &a.shape)?, &b.shape)?;
            fits(&shape)?;
            let at = |tensor: &Tensor| broadcast_indices(&tensor.shape, &shape);
            let (conditions, a, b) = (
                chosen.select(shape.clone(), at(chosen).into_iter()).floats(),
                a.select(shape.clone(), at(a).into_iter()),
                b.select(shape.clone(), at(b).into_iter()),
            );
            let pick = |at: usize| conditions[at] != 0.0;
            let data = match (a.whole(), b.whole(), &a.data) {
                (Some(a), Some(b), TensorData::Ints(_)) => {
                    TensorData::Ints((0..a.len()).map(|at| if pick(at) { a[at] } else { b[at] }).collect())
                }
                _ => {
                    let (a, b) = (a.floats(), b.floats());
                    TensorData::Floats((0..a.len()).map(|at| if pick(at) { a[at] } else { b[at] }).collect())
                }
            };
            Tensor { shape, data }
        }
        "ReduceProd" => {
            let values = whole(0)?;
            let shape = if attributes.int("keepdims", 1) != 0 { vec![1] } else { Vec::new() };
            let product = values.iter().try_fold(1i64, |product, value| product.checked_mul(*value));
            Tensor { shape, data: TensorData::Ints(vec![product.ok_or("overflows")?]) }
        }
        _ => return Ok(None),
    }))
}

/// The order of dimensions of a transposition: reversed if it is not given.
pub(crate) fn order(attributes: Attributes<'_>, rank: usize) -> Result<Vec<usize>, String> {
    let Some(given) = attributes.ints("perm") else { return Ok((0..rank).rev().collect()) };
    let order = given.iter().map(|axis| place(*axis, rank)).collect::<Result<Vec<_>, _>>()?;
    let mut seen = order.clone();
    seen.sort_unstable();
    match seen.into_iter().eq(0..rank) {
        true => Ok(order),
        false => Err(format!("reorders {rank} axes by {given:?}")),
    }
}

/// The shape that a reshape's target stands for: 0 keeps a length, -1 is what remains.
pub(crate) fn reshape(shape: &[usize], target: &[i64], allow_zero: bool) -> Result<Vec<usize>, String> {
    let count = product(shape)?;
    let misfit = || format!("reshapes {shape:?} to {target:?}");
    let mut found = Vec::with_capacity(target.len());
    let mut open = None;
    for (at, length) in target.iter().enumerate() {
        match *length {
            -1 if open.is_none() => {
                open = Some(at);
                found.push(1);
            }
            0 if !allow_zero => found.push(*shape.get(at).ok_or_else(misfit)?),
            length => found.push(usize::try_from(length).map_err(|_| misfit())?),
        }
    }
    let known = product(&found)?;
    match open {
        Some(at) if known > 0 && count.is_multiple_of(known) => found[at] = count / known,
        None if known == count => {}
        _ => return Err(misfit()),
    }
    Ok(found)
}

fn reshaped(tensor: &Tensor, shape: Vec<usize>) -> Result<Tensor, String> {
    match product(&shape)? == tensor.len() {
        true => Ok(Tensor { shape, data: tensor.data.clone() }),
        false => Err(format!("reshapes {:?} to {shape:?}", tensor.shape)),
    }
}

/// Number of elements of a shape.
fn product(shape: &[usize]) -> Result<usize, String> {
    let product = shape.iter().try_fold(1usize, |product, length| product.checked_mul(*length));
    product.filter(|count| *count <= 1 << 32).ok_or_else(|| format!("has too many elements, {shape:?}"))
}

fn lengths(values: &[i64]) -> Result<Vec<usize>, String> {
    let lengths: Option<Vec<usize>> = values.iter().map(|value| usize::try_from(*value).ok()).collect();
    lengths.ok_or_else(|| format!("has the shape {values:?}"))
}

fn constant(attributes: Attributes<'_>) -> Result<Tensor, String> {
    if let Some(proto) = attributes.tensor("value") {
        return Tensor::of(proto, &proto.raw_data);
    }
    let scalar = |data| Tensor { shape: Vec::new(), data };
    Ok(if attributes.has("value_int") {
        scalar(TensorData::Ints(vec![attributes.int("value_int", 0)]))
    } else if attributes.has("value_float") {
        scalar(TensorData::Floats(vec![attributes.float("value_float", 0.0)]))
    } else if let Some(values) = attributes.ints("value_ints") {
        Tensor::ints(values.to_vec())
    } else if let Some(values) = attributes.floats("value_floats") {
        Tensor { shape: vec![values.len()], data: TensorData::Floats(values.to_vec()) }
    } else {
        return Err("has no value that is supported".into());
    })
}

fn cast(tensor: &Tensor, to: i64) -> Tensor {
    let shape = tensor.shape.clone();
    let data = match (to, &tensor.data) {
        (1 | 10 | 11 | 16, _) => TensorData::Floats(tensor.floats()),
        // Truth values.
        (9, _) => TensorData::Ints(tensor.floats().iter().map(|value| i64::from(*value != 0.0)).collect()),
        (_, TensorData::Ints(values)) => TensorData::Ints(values.clone()),
        (_, TensorData::Floats(values)) => {
            TensorData::Ints(values.iter().map(|value| *value as i64).collect())
        }
    };
    Tensor { shape, data }
}

/// The lengths that `Shape` returns: all, or those from `start` to `end`.
pub(crate) fn part_of_shape(shape: &[i64], attributes: Attributes<'_>) -> Vec<i64> {
    let rank = shape.len() as i64;
    let bound = |at: i64| (if at < 0 { at + rank } else { at }).clamp(0, rank) as usize;
    let (start, end) = (bound(attributes.int("start", 0)), bound(attributes.int("end", rank)));
    shape.get(start..end).unwrap_or_default().to_vec()
}

fn gather(tensor: &Tensor, indices: &Tensor, axis: i64) -> Result<Tensor, String> {
    let axis = place(axis, tensor.shape.len())?;
    let length = tensor.shape[axis];
    let chosen = indices.whole().ok_or("needs whole numbers as indices")?;
    let chosen = chosen.iter().map(|at| place(*at, length)).collect::<Result<Vec<_>, _>>()?;
    let (before, after) = (product(&tensor.shape[..axis])?, product(&tensor.shape[axis + 1..])?);
    let mut shape = tensor.shape[..axis].to_vec();
    shape.extend(&indices.shape);
    shape.extend(&tensor.shape[axis + 1..]);
    let from = (0..before).flat_map(|outer| {
        chosen.iter().flat_map(move |at| (0..after).map(move |inner| (outer * length + at) * after + inner))
    });
    Ok(tensor.select(shape, from))
}

fn concat(inputs: &[Option<&Tensor>], axis: i64) -> Result<Tensor, String> {
    let tensors: Vec<&Tensor> = inputs.iter().copied().flatten().collect();
    let first = tensors.first().ok_or("lacks operands")?;
    let axis = place(axis, first.shape.len())?;
    let fits = |tensor: &&&Tensor| {
        tensor.shape.len() == first.shape.len()
            && (0..first.shape.len()).all(|at| at == axis || tensor.shape[at] == first.shape[at])
    };
    if tensors.iter().filter(fits).count() != tensors.len() {
        return Err("joins tensors of different shapes".into());
    }
    let mut shape = first.shape.clone();
    shape[axis] = tensors.iter().map(|tensor| tensor.shape[axis]).sum();
    let (before, after) = (product(&shape[..axis])?, product(&shape[axis + 1..])?);
    let floats = tensors.iter().any(|tensor| matches!(tensor.data, TensorData::Floats(_)));
    fn joined<T: Copy>(parts: &[(Vec<T>, usize)], before: usize) -> Vec<T> {
        let run =
            |outer: usize| parts.iter().flat_map(move |(part, length)| &part[outer * length..][..*length]);
        (0..before).flat_map(|outer| run(outer).copied()).collect()
    }
    let length = |tensor: &Tensor| tensor.shape[axis] * after;
    let data = match floats {
        true => {
            let parts: Vec<_> = tensors.iter().map(|tensor| (tensor.floats(), length(tensor))).collect();
            TensorData::Floats(joined(&parts, before))
        }
        false => {
            let part = |tensor: &&Tensor| (tensor.whole().unwrap_or_default(), length(tensor));
            TensorData::Ints(joined(&tensors.iter().map(part).collect::<Vec<_>>(), before))
        }
    };
    Ok(Tensor { shape, data })
}

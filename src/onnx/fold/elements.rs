//! Element by element, with broadcasting.

use crate::tensor::{Tensor, TensorData, strides};

/// The shape that two tensors have together.
pub(super) fn broadcast(a: &[usize], b: &[usize]) -> Result<Vec<usize>, String> {
    let rank = a.len().max(b.len());
    let length = |shape: &[usize], at: usize| (at + shape.len()).checked_sub(rank).map_or(1, |at| shape[at]);
    let both = |at: usize| match (length(a, at), length(b, at)) {
        (x, y) if x == y => Ok(x),
        (1, y) => Ok(y),
        (x, 1) => Ok(x),
        _ => Err(format!("combines the shapes {a:?} and {b:?}")),
    };
    (0..rank).map(both).collect()
}

/// For every element of `to` the index of the element of a tensor of shape `from` that stands for it.
pub(super) fn broadcast_indices(from: &[usize], to: &[usize]) -> Vec<usize> {
    let (own, strides) = (strides(to), strides(from));
    let skipped = to.len() - from.len();
    let axis = |at: usize, axis: usize| match from[axis] {
        1 => 0,
        length => at / own[axis + skipped] % length * strides[axis],
    };
    (0..to.iter().product()).map(|at| (0..from.len()).map(|dimension| axis(at, dimension)).sum()).collect()
}

pub(super) fn unary(operator: &str, tensor: &Tensor) -> Tensor {
    let shape = tensor.shape.clone();
    if let (TensorData::Ints(values), "Neg" | "Floor" | "Ceil" | "Abs") = (&tensor.data, operator) {
        let by = |value: &i64| match operator {
            "Neg" => value.saturating_neg(),
            "Abs" => value.saturating_abs(),
            _ => *value,
        };
        return Tensor { shape, data: TensorData::Ints(values.iter().map(by).collect()) };
    }
    let by = |value: f32| match operator {
        "Neg" => -value,
        "Floor" => value.floor(),
        "Ceil" => value.ceil(),
        "Sqrt" => value.sqrt(),
        "Abs" => value.abs(),
        "Exp" => value.exp(),
        _ => 1.0 / value,
    };
    Tensor { shape, data: TensorData::Floats(tensor.floats().into_iter().map(by).collect()) }
}

pub(super) fn binary(operator: &str, a: &Tensor, b: &Tensor) -> Result<Tensor, String> {
    let shape = broadcast(&a.shape, &b.shape)?;
    let pairs = || broadcast_indices(&a.shape, &shape).into_iter().zip(broadcast_indices(&b.shape, &shape));
    let data = match (&a.data, &b.data) {
        (TensorData::Ints(a), TensorData::Ints(b)) => {
            let by = |(x, y): (usize, usize)| {
                let (x, y) = (a[x], b[y]);
                match operator {
                    "Add" => x.checked_add(y),
                    "Sub" => x.checked_sub(y),
                    "Mul" => x.checked_mul(y),
                    "Div" => x.checked_div(y),
                    "Min" => Some(x.min(y)),
                    "Max" => Some(x.max(y)),
                    _ => u32::try_from(y).ok().and_then(|y| x.checked_pow(y)),
                }
            };
            let values: Option<Vec<i64>> = pairs().map(by).collect();
            TensorData::Ints(values.ok_or("divides by 0 or overflows")?)
        }
        _ => {
            let (a, b) = (a.floats(), b.floats());
            let by = |(x, y): (usize, usize)| {
                let (x, y) = (a[x], b[y]);
                match operator {
                    "Add" => x + y,
                    "Sub" => x - y,
                    "Mul" => x * y,
                    "Div" => x / y,
                    "Min" => x.min(y),
                    "Max" => x.max(y),
                    _ => x.powf(y),
                }
            };
            TensorData::Floats(pairs().map(by).collect())
        }
    };
    Ok(Tensor { shape, data })
}

pub(super) fn compare(operator: &str, a: &Tensor, b: &Tensor) -> Result<Tensor, String> {
    let shape = broadcast(&a.shape, &b.shape)?;
    let (x, y) = (a.floats(), b.floats());
    let pairs = broadcast_indices(&a.shape, &shape).into_iter().zip(broadcast_indices(&b.shape, &shape));
    let by = |(at, other): (usize, usize)| match operator {
        "Equal" => x[at] == y[other],
        "Less" => x[at] < y[other],
        _ => x[at] > y[other],
    };
    Ok(Tensor { shape, data: TensorData::Ints(pairs.map(by).map(i64::from).collect()) })
}

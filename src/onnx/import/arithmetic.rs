use camlab_nn::graph::function::{Erf, Gelu, HardSigmoid, HardSwish, Power, Rescale, Sigmoid, Silu};
use camlab_nn::graph::layer::{Arithmetic, ArithmeticOp, ChannelAffine};
use camlab_nn::graph::{Function, Layer, NodeId, Op};

use super::axes::{TensorAxis, TensorView};
use super::call::{Call, ImportedValue};
use super::importer::Importer;
use crate::tensor::Tensor;

pub(super) fn binary(importer: &mut Importer<'_>, call: &Call<'_>) -> Result<Vec<ImportedValue>, String> {
    let op = match call.node.op_type.as_str() {
        "Add" => ArithmeticOp::Add,
        "Sub" => ArithmeticOp::Sub,
        "Mul" => ArithmeticOp::Mul,
        _ => ArithmeticOp::Div,
    };
    let (Some(Some(a)), Some(Some(b))) = (call.inputs.first(), call.inputs.get(1)) else {
        return Err("needs two operands".into());
    };
    let value = match (a, b) {
        (ImportedValue::Activation(a), ImportedValue::Activation(b)) => both(importer, call, op, a, b)?,
        (ImportedValue::Activation(x), ImportedValue::Constant(c)) => {
            with_constant(importer, call, (op, 0), x, c)?
        }
        (ImportedValue::Constant(c), ImportedValue::Activation(x)) => {
            with_constant(importer, call, (op, 1), x, c)?
        }
        (ImportedValue::Constant(_), ImportedValue::Constant(_)) => {
            return Err("has no operand that depends on the image".into());
        }
    };
    Ok(vec![value])
}

pub(super) fn sum(importer: &mut Importer<'_>, call: &Call<'_>) -> Result<Vec<ImportedValue>, String> {
    let mut total = call.activation(0)?.clone();
    for at in 1..call.inputs.len() {
        let ImportedValue::Activation(next) =
            both(importer, call, ArithmeticOp::Add, &total, call.activation(at)?)?
        else {
            return Err("sums constants".into());
        };
        total = next;
    }
    Ok(vec![ImportedValue::Activation(total)])
}

pub(super) fn pow(importer: &mut Importer<'_>, call: &Call<'_>) -> Result<Vec<ImportedValue>, String> {
    let exponent = call.known(1)?.number().ok_or("needs one number as exponent")?;
    let x = call.activation(0)?.clone();
    let op = Op::Function(Power { exponent }.into());
    let node = importer.push(&call.name(), op, vec![x.node], Vec::new())?;
    Ok(vec![Importer::like(&x, node)])
}

/// Two activations.
fn both(
    importer: &mut Importer<'_>,
    call: &Call<'_>,
    op: ArithmeticOp,
    a: &TensorView,
    b: &TensorView,
) -> Result<ImportedValue, String> {
    let rank = a.axes.len().max(b.axes.len());
    let axis = |of: &TensorView, at: usize| {
        (at + of.axes.len()).checked_sub(rank).map_or(TensorAxis::One, |at| of.axes[at])
    };
    let axes = (0..rank).map(|at| match (axis(a, at), axis(b, at)) {
        (x, y) if x == y => Ok(x),
        (TensorAxis::One, y) => Ok(y),
        (x, TensorAxis::One) => Ok(x),
        (x, y) => Err(format!("combines {x:?} with {y:?}")),
    });
    let axes = axes.collect::<Result<Vec<_>, _>>()?;
    let name = call.name();
    if op == ArithmeticOp::Mul
        && let Some((x, function)) =
            gated(importer, a.node, b.node).or_else(|| gated(importer, b.node, a.node))
    {
        let mut node = importer.push(&name, Op::Function(function), vec![x], Vec::new())?;
        if matches!(function, Function::Gelu(_)) {
            // `x (1 + erf(..))` is twice the function; the half that follows undoes it.
            let twice = Op::Function(Rescale { scale: 2.0, shift: 0.0 }.into());
            node = importer.push(&format!("{name}.twice"), twice, vec![node], Vec::new())?;
        }
        return Ok(ImportedValue::Activation(TensorView { node, axes }));
    }
    let same = importer.extents[a.node.0] == importer.extents[b.node.0];
    let graph_op = match op {
        ArithmeticOp::Add if same => Op::Add,
        op => Op::Layer(Arithmetic { op }.into()),
    };
    let node = importer.push(&name, graph_op, vec![a.node, b.node], Vec::new())?;
    Ok(ImportedValue::Activation(TensorView { node, axes }))
}

/// The function that `x` times `gate` is, if the gate is one of `x`.
fn gated(importer: &Importer<'_>, x: NodeId, gate: NodeId) -> Option<(NodeId, Function)> {
    let function = |id: NodeId| match &importer.nodes[id.0].op {
        Op::Function(function) => Some((*function, importer.nodes[id.0].inputs[0])),
        _ => None,
    };
    let (outer, of) = function(gate)?;
    match outer {
        Function::Sigmoid(Sigmoid) if of == x => Some((x, Silu.into())),
        Function::HardSigmoid(HardSigmoid { alpha, beta })
            if of == x && (alpha - HardSigmoid::SIXTH.alpha).abs() < 1e-6 && beta == 0.5 =>
        {
            Some((x, HardSwish.into()))
        }
        Function::Rescale(Rescale { scale: 1.0, shift: 1.0 }) => {
            let (Function::Erf(Erf), of) = function(of)? else { return None };
            let (Function::Rescale(Rescale { scale, shift: 0.0 }), of) = function(of)? else { return None };
            let root = std::f32::consts::FRAC_1_SQRT_2;
            (of == x && (scale - root).abs() < 1e-5).then_some((x, Gelu::Erf.into()))
        }
        _ => None,
    }
}

/// An activation and a constant, which is operand `1 - place`.
fn with_constant(
    importer: &mut Importer<'_>,
    call: &Call<'_>,
    (op, place): (ArithmeticOp, usize),
    x: &TensorView,
    constant: &Tensor,
) -> Result<ImportedValue, String> {
    let reversed = place == 1;
    // `scale x + shift` for a number of the constant.
    let line = |c: f32| match (op, reversed) {
        (ArithmeticOp::Add, _) => [1.0, c],
        (ArithmeticOp::Sub, false) => [1.0, -c],
        (ArithmeticOp::Sub, true) => [-1.0, c],
        (ArithmeticOp::Mul, _) => [c, 0.0],
        (ArithmeticOp::Div, _) => [1.0 / c, 0.0],
    };
    let mut x = x.clone();
    let mut constant = constant.clone();
    if op == ArithmeticOp::Div && reversed {
        // `c / x` is the reciprocal of `x / c`.
        let power = Op::Function(Power { exponent: -1.0 }.into());
        x.node = importer.push(&format!("{}.reciprocal", call.name()), power, vec![x.node], Vec::new())?;
        constant.data =
            crate::tensor::TensorData::Floats(constant.floats().iter().map(|c| 1.0 / c).collect());
    }
    let tensor = &call.node.input[place];
    let once = importer.read_once(tensor) && !(op == ArithmeticOp::Div && reversed);
    if let Some(number) = constant.number().filter(|_| constant.shape.len() <= x.axes.len()) {
        return scalar(importer, call, &x, line(number), once);
    }
    let channels = per_channel(importer, &x, &constant)?;
    let lines: Vec<[f32; 2]> = channels.into_iter().map(line).collect();
    let node = x.node;
    if once && absorbed(importer, node, &lines) {
        importer.rename(tensor);
        return Ok(Importer::like(&x, node));
    }
    let op = Op::Layer(ChannelAffine { channels: lines.len() }.into());
    let parameters = [0, 1].map(|part| lines.iter().map(|line| line[part]).collect());
    let node = importer.push(&call.name(), op, vec![node], parameters.to_vec())?;
    Ok(Importer::like(&x, node))
}

/// `scale x + shift` with two numbers.
fn scalar(
    importer: &mut Importer<'_>,
    call: &Call<'_>,
    x: &TensorView,
    [scale, shift]: [f32; 2],
    once: bool,
) -> Result<ImportedValue, String> {
    let (mut node, mut line) = (x.node, Rescale { scale, shift });
    // Two in a row are one.
    if once && let Op::Function(Function::Rescale(first)) = importer.nodes[node.0].op {
        line = Rescale { scale: first.scale * scale, shift: first.shift * scale + shift };
        node = importer.nodes[node.0].inputs[0];
    }
    if line != (Rescale { scale: 1.0, shift: 0.0 }) {
        node = importer.push(&call.name(), Op::Function(line.into()), vec![node], Vec::new())?;
    }
    Ok(Importer::like(x, node))
}

/// The numbers of a constant, one for each channel.
fn per_channel(importer: &Importer<'_>, x: &TensorView, constant: &Tensor) -> Result<Vec<f32>, String> {
    let misfit = || {
        let wide: Vec<usize> = importer.shape(x);
        format!(
            "combines {wide:?} with a constant of shape {:?}; one number, or one for each channel, is supported",
            constant.shape
        )
    };
    let (channels, ..) = importer.extents[x.node.0].grid();
    let place = x.place(TensorAxis::Channel).ok_or_else(misfit)?;
    let at = (place + constant.shape.len()).checked_sub(x.axes.len()).ok_or_else(misfit)?;
    let fits = constant.shape.get(at) == Some(&channels) && constant.len() == channels;
    if fits { Ok(constant.floats()) } else { Err(misfit()) }
}

/// Makes `scale y + shift` part of the operation that computes `y`, if it has weights per channel.
fn absorbed(importer: &mut Importer<'_>, node: NodeId, lines: &[[f32; 2]]) -> bool {
    let parameters = &mut importer.parameters[node.0];
    match &mut importer.nodes[node.0].op {
        Op::Conv { output, bias, .. } if *output == lines.len() => {
            if !*bias {
                *bias = true;
                parameters.push(vec![0.0; lines.len()]);
            }
        }
        Op::Linear { output, .. } if *output == lines.len() => {}
        Op::Layer(Layer::ChannelAffine(_)) => {}
        _ => return false,
    }
    let each = parameters[0].len() / lines.len();
    for (weights, [scale, _]) in parameters[0].chunks_exact_mut(each).zip(lines) {
        weights.iter_mut().for_each(|weight| *weight *= scale);
    }
    for (bias, [scale, shift]) in parameters[1].iter_mut().zip(lines) {
        *bias = *bias * scale + shift;
    }
    true
}

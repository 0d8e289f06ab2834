use camlab_kernel::AxisPadding;
use camlab_nn::graph::layer::{Layer, PadMode};
use camlab_nn::graph::{Extent, NodeId, Op, Window};

use super::axes::{TensorAxis, TensorView};
use super::call::{Call, ImportedValue};
use super::importer::Importer;
use crate::tensor::Tensor;

/// The window of a convolution or pooling over an image.
///
/// # Errors
/// Attributes that are not those of a window over two axes.
pub(super) fn window(call: &Call<'_>, kernel: [usize; 2], extent: Extent) -> Result<Window, String> {
    let attributes = call.attributes;
    let pair = |name: &str| -> Result<[usize; 2], String> {
        match attributes.ints(name) {
            None => Ok([1; 2]),
            Some(&[down, across]) if down > 0 && across > 0 => Ok([down as usize, across as usize]),
            Some(found) => Err(format!("has {name} {found:?}; two positive numbers are supported")),
        }
    };
    let (stride, dilation) = (pair("strides")?, pair("dilations")?);
    let padding = match attributes.word("auto_pad", "NOTSET") {
        "NOTSET" | "VALID" => match attributes.ints("pads") {
            None => [AxisPadding::default(); 2],
            Some(&[top, left, bottom, right]) if [top, left, bottom, right].iter().all(|pad| *pad >= 0) => {
                [(top, bottom), (left, right)]
                    .map(|(before, after)| AxisPadding { before: before as usize, after: after as usize })
            }
            Some(found) => return Err(format!("has pads {found:?}; four numbers from 0 on are supported")),
        },
        // As many windows as the stride fits into the size, the padding on both sides, one more after or before.
        same @ ("SAME_UPPER" | "SAME_LOWER") => {
            let (_, height, width) = extent.grid();
            [(0, height), (1, width)].map(|(axis, length)| {
                let windows = length.div_ceil(stride[axis]);
                let reach = dilation[axis] * (kernel[axis] - 1) + 1;
                let all = ((windows - 1) * stride[axis] + reach).saturating_sub(length);
                let (less, more) = (all / 2, all - all / 2);
                match same {
                    "SAME_UPPER" => AxisPadding { before: less, after: more },
                    _ => AxisPadding { before: more, after: less },
                }
            })
        }
        other => return Err(format!("has the padding `{other}`, which is not supported")),
    };
    Ok(Window { kernel, stride, padding, dilation })
}

pub(super) fn conv(importer: &mut Importer<'_>, call: &Call<'_>) -> Result<Vec<ImportedValue>, String> {
    let weight = call.known(1)?;
    let [outputs, inputs, rows, columns] = weight.shape[..] else {
        return Err(format!(
            "has a weight of shape {:?}; convolutions over two axes are supported",
            weight.shape
        ));
    };
    let activation = call.activation(0)?;
    let mut x = importer.image(activation)?;
    let extent = importer.extents[x.0];
    let groups = usize::try_from(call.attributes.int("group", 1)).map_err(|_| "has a negative group")?;
    let mut window = window(call, [rows, columns], extent)?;
    // Zeros around the image are the convolution's own padding.
    if let Some((inner, padding)) = zeros(importer, x)
        && importer.read_once(&call.node.input[0])
    {
        x = inner;
        for (own, more) in window.padding.iter_mut().zip(padding) {
            *own = AxisPadding { before: own.before + more.before, after: own.after + more.after };
        }
    }
    let bias = call.constant(2)?.map(Tensor::floats);
    let (input, _, _) = importer.extents[x.0].grid();
    if inputs * groups != input {
        return Err(format!("has a weight for {inputs} x {groups} channels, but its input has {input}"));
    }
    let op = Op::Conv { input, output: outputs, window, groups, bias: bias.is_some() };
    let mut parameters = vec![weight.floats()];
    parameters.extend(bias);
    let node = importer.push(&call.name(), op, vec![x], parameters)?;
    Ok(vec![Importer::as_image(node)])
}

/// The operand and the padding of a node that only puts zeros around an image.
pub(super) fn zeros(importer: &Importer<'_>, node: NodeId) -> Option<(NodeId, [AxisPadding; 2])> {
    match &importer.nodes[node.0].op {
        Op::Layer(Layer::Pad(pad)) if pad.mode == PadMode::Constant(0.0) => {
            Some((importer.nodes[node.0].inputs[0], pad.padding))
        }
        _ => None,
    }
}

/// `alpha x W + beta b`, the weight transposed or not.
pub(super) fn gemm(importer: &mut Importer<'_>, call: &Call<'_>) -> Result<Vec<ImportedValue>, String> {
    if call.attributes.int("transA", 0) != 0 {
        return Err("transposes its first operand, which is not supported".into());
    }
    let (alpha, beta) = (call.attributes.float("alpha", 1.0), call.attributes.float("beta", 1.0));
    let weight = call.known(1)?;
    let weight = if call.attributes.int("transB", 0) != 0 { weight.clone() } else { turned(weight)? };
    let outputs = weight.shape.first().copied().unwrap_or(0);
    let bias = match call.constant(2)? {
        None => vec![0.0; outputs],
        Some(bias) => {
            let bias = bias.floats();
            let at = |place: usize| if bias.len() == 1 { bias[0] } else { bias[place] };
            if bias.len() != 1 && bias.len() != outputs {
                return Err(format!("adds {} numbers to {outputs} outputs", bias.len()));
            }
            (0..outputs).map(|place| beta * at(place)).collect()
        }
    };
    let scaled = weight.floats().iter().map(|value| alpha * value).collect();
    let node = linear(importer, call, call.activation(0)?, [outputs, weight.shape[1]], scaled, bias)?;
    Ok(vec![ImportedValue::Activation(TensorView {
        node,
        axes: vec![TensorAxis::Batch, TensorAxis::Channel],
    })])
}

/// `x W` along the last dimension.
pub(super) fn mat_mul(importer: &mut Importer<'_>, call: &Call<'_>) -> Result<Vec<ImportedValue>, String> {
    let weight = turned(call.known(1)?)?;
    let [outputs, inputs] = weight.shape[..] else { return Err("needs a matrix as operand 1".into()) };
    let activation = call.activation(0)?.clone();
    if activation.axes.len() == 2 {
        let bias = vec![0.0; outputs];
        let node = linear(importer, call, &activation, [outputs, inputs], weight.floats(), bias)?;
        return Ok(vec![ImportedValue::Activation(TensorView {
            node,
            axes: vec![TensorAxis::Batch, TensorAxis::Channel],
        })]);
    }
    // Channels last: a convolution by one pixel.
    let image = matches!(importer.extents[activation.node.0], Extent::Image { .. });
    if !image || activation.axes.last() != Some(&TensorAxis::Channel) {
        return Err(format!("multiplies along {:?}, which is not supported", activation.axes.last()));
    }
    let op = Op::Conv { input: inputs, output: outputs, window: Window::same(1), groups: 1, bias: false };
    let node = importer.push(&call.name(), op, vec![activation.node], vec![weight.floats()])?;
    Ok(vec![Importer::like(&activation, node)])
}

/// A matrix with its dimensions exchanged.
fn turned(weight: &Tensor) -> Result<Tensor, String> {
    match weight.shape.len() {
        2 => Ok(weight.transposed(&[1, 0])),
        rank => Err(format!("multiplies by a tensor of {rank} dimensions; two are supported")),
    }
}

fn linear(
    importer: &mut Importer<'_>,
    call: &Call<'_>,
    activation: &TensorView,
    [output, input]: [usize; 2],
    weight: Vec<f32>,
    bias: Vec<f32>,
) -> Result<NodeId, String> {
    let name = call.name();
    let (x, flat) = importer.vector(activation, &name)?;
    // The graph flattens channels first: weights for another order are reordered.
    let weight = match flat {
        None => weight,
        Some([channels, height, width]) => {
            let from = |at: usize| {
                let (row, feature) = (at / input, at % input);
                let (channel, pixel) = (feature / (height * width), feature % (height * width));
                weight[row * input + pixel * channels + channel]
            };
            if channels * height * width != input {
                return Err(format!("has a weight for {input} features, not {}", channels * height * width));
            }
            (0..weight.len()).map(from).collect()
        }
    };
    importer.push(&name, Op::Linear { input, output }, vec![x], vec![weight, bias])
}

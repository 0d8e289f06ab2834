//! ONNX files of networks: images `[n, c, h, w]` in, class scores out.

mod functions;
mod layers;
mod writer;

use std::path::Path;

use camlab_nn::Network;
use camlab_nn::graph::{Node, NodeId, Op, Pooling, Window};
use prost::Message as _;

use super::OnnxError;
use super::proto::{
    DimensionProto, GraphProto, ModelProto, NodeProto, OperatorSetProto, TensorShapeProto, TensorTypeProto,
    TypeProto, ValueInfoProto,
};
use writer::{WriteAttributes as _, Writer};

/// Version of the operators: 17 has layer norm, and every runtime since 2022 reads it.
const OPSET: i64 = 17;
/// Version of the format that belongs to it.
const IR: i64 = 8;
/// Format of 32-bit floating-point numbers.
const FLOAT: i32 = 1;
/// Name of the output.
const SCORES: &str = "scores";

/// Writes a network for images of `height` x `width` as an ONNX file of opset 17; any number of images. Batch norms are
/// written with their running statistics.
///
/// # Errors
/// A network that does not take images of this size or has a layer without an operator, a file that cannot be written.
pub fn export(network: &Network, [height, width]: [usize; 2], path: &Path) -> Result<(), OnnxError> {
    let graph = network.graph();
    let misfit = |error: camlab_nn::graph::GraphError| OnnxError::Interface(error.to_string());
    let extents = graph.shapes(height, width).map_err(misfit)?;
    let mut writer = Writer::new(&extents);
    for id in graph.ids() {
        let node = graph.node(id);
        let parameters: Vec<&[f32]> =
            network.values()[network.parameters_of(id)].iter().map(|value| &value[..]).collect();
        let inputs: Vec<String> = node.inputs.iter().map(|input| tensor(network, *input)).collect();
        let output = tensor(network, id);
        write(&mut writer, node, &inputs, &output, &parameters)
            .map_err(|reason| OnnxError::Interface(format!("node `{}` {reason}", node.name)))?;
    }
    let dimension = |value: usize| DimensionProto { dim_value: Some(value as i64), dim_param: None };
    let images = DimensionProto { dim_value: None, dim_param: Some("n".into()) };
    let info = |name: &str, rest: Vec<DimensionProto>| ValueInfoProto {
        name: name.to_owned(),
        r#type: Some(TypeProto {
            tensor_type: Some(TensorTypeProto {
                elem_type: FLOAT,
                shape: Some(TensorShapeProto { dim: [vec![images.clone()], rest].concat() }),
            }),
        }),
    };
    let channels = graph.input_channels();
    let input = info(&graph.node(NodeId(0)).name, [channels, height, width].map(dimension).to_vec());
    let last = extents[graph.output().0].grid().0;
    let model = ModelProto {
        ir_version: IR,
        producer_name: "camlab".into(),
        producer_version: env!("CARGO_PKG_VERSION").into(),
        graph: Some(GraphProto {
            node: writer.nodes,
            name: "network".into(),
            initializer: writer.tensors,
            input: vec![input],
            output: vec![info(SCORES, vec![dimension(last)])],
        }),
        opset_import: vec![OperatorSetProto { domain: String::new(), version: OPSET }],
        metadata_props: Vec::new(),
        functions: Vec::new(),
    };
    std::fs::write(path, model.encode_to_vec())
        .map_err(|source| OnnxError::Write { path: path.to_owned(), source })
}

/// Name of the tensor that a node computes.
fn tensor(network: &Network, id: NodeId) -> String {
    let graph = network.graph();
    match id == graph.output() {
        true => SCORES.to_owned(),
        false => graph.node(id).name.clone(),
    }
}

/// Writes the nodes that compute an operation.
///
/// # Errors
/// As [`layers::write`].
fn write(
    writer: &mut Writer<'_>,
    node: &Node,
    inputs: &[String],
    output: &str,
    parameters: &[&[f32]],
) -> Result<(), String> {
    let name = node.name.as_str();
    let x = inputs.first().map(String::as_str).unwrap_or_default();
    match &node.op {
        Op::Input { .. } => {}
        Op::Conv { input, output: outputs, window, groups, .. } => {
            let shape = [*outputs, input / groups, window.kernel[0], window.kernel[1]];
            let weight = writer.floats(&format!("{name}.weight"), &shape, parameters[0]);
            let mut operands = vec![x.to_owned(), weight];
            if let Some(bias) = parameters.get(1) {
                operands.push(writer.floats(&format!("{name}.bias"), &[*outputs], bias));
            }
            let node = writer.node("Conv", name, operands, output);
            window_of(node, window);
            node.int("group", *groups as i64);
        }
        Op::BatchNorm { channels, eps, momentum } => {
            let mut operands = vec![x.to_owned()];
            for (suffix, values) in
                ["weight", "bias", "running_mean", "running_var"].into_iter().zip(parameters)
            {
                operands.push(writer.floats(&format!("{name}.{suffix}"), &[*channels], values));
            }
            let node = writer.node("BatchNormalization", name, operands, output);
            node.float("epsilon", *eps);
            node.float("momentum", 1.0 - momentum);
        }
        Op::Relu => {
            writer.node("Relu", name, vec![x.to_owned()], output);
        }
        Op::Function(function) => functions::write(writer, *function, name, x, output),
        Op::Add => {
            writer.node("Add", name, inputs.to_vec(), output);
        }
        Op::Layer(layer) => {
            return layers::write(writer, layer, name, inputs, output, parameters, &node.inputs);
        }
        Op::MaxPool(pooling) => {
            let node = writer.node("MaxPool", name, vec![x.to_owned()], output);
            pooling_of(node, pooling);
            node.ints("dilations", &pooling.window.dilation.map(|step| step as i64));
        }
        Op::AvgPool { pooling, count_include_pad } => {
            let node = writer.node("AveragePool", name, vec![x.to_owned()], output);
            pooling_of(node, pooling);
            node.int("count_include_pad", i64::from(*count_include_pad));
        }
        Op::GlobalAvgPool => {
            let pooled = format!("{output}.pooled");
            writer.node("GlobalAveragePool", name, vec![x.to_owned()], &pooled);
            writer.node("Flatten", &format!("{name}.flatten"), vec![pooled], output);
        }
        Op::Flatten { .. } => {
            writer.node("Flatten", name, vec![x.to_owned()], output);
        }
        Op::Linear { input, output: outputs } => {
            let weight = writer.floats(&format!("{name}.weight"), &[*outputs, *input], parameters[0]);
            let bias = writer.floats(&format!("{name}.bias"), &[*outputs], parameters[1]);
            writer.node("Gemm", name, vec![x.to_owned(), weight, bias], output).int("transB", 1);
        }
        Op::OptionA { input, output: outputs } => {
            let every = format!("{output}.every-second");
            let slice = [
                writer.ints(&format!("{name}.starts"), &[0, 0]),
                writer.ints(&format!("{name}.ends"), &[i64::MAX, i64::MAX]),
                writer.ints(&format!("{name}.axes"), &[2, 3]),
                writer.ints(&format!("{name}.steps"), &[2, 2]),
            ];
            let operands = [vec![x.to_owned()], slice.to_vec()].concat();
            writer.node("Slice", &format!("{name}.slice"), operands, &every);
            let before = ((outputs - input) / 2) as i64;
            let after = (outputs - input) as i64 - before;
            let pads = writer.ints(&format!("{name}.pads"), &[0, before, 0, 0, 0, after, 0, 0]);
            writer.node("Pad", name, vec![every, pads], output);
        }
    }
    Ok(())
}

fn window_of(node: &mut NodeProto, window: &Window) {
    node.ints("kernel_shape", &window.kernel.map(|length| length as i64));
    node.ints("strides", &window.stride.map(|step| step as i64));
    node.ints("dilations", &window.dilation.map(|step| step as i64));
    let [rows, columns] = window.padding;
    node.ints("pads", &[rows.before, columns.before, rows.after, columns.after].map(|pad| pad as i64));
}

fn pooling_of(node: &mut NodeProto, pooling: &Pooling) {
    let [rows, columns] = pooling.window.padding;
    node.ints("kernel_shape", &pooling.window.kernel.map(|length| length as i64));
    node.ints("strides", &pooling.window.stride.map(|step| step as i64));
    node.ints("pads", &[rows.before, columns.before, rows.after, columns.after].map(|pad| pad as i64));
    node.int("ceil_mode", i64::from(pooling.ceil));
}

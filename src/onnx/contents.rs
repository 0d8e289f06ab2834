use std::collections::BTreeMap;

use super::OnnxModel;
use super::proto::ValueInfoProto;

/// A listing of a file, as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnnxContents {
    /// Program that wrote it, with its version.
    pub producer: String,
    /// Version of the standard operators.
    pub opset: i64,
    /// Inputs, without weights: name and shape; lengths that the file leaves open have their names, or `?`.
    pub inputs: Vec<(String, String)>,
    /// Outputs, likewise.
    pub outputs: Vec<(String, String)>,
    /// Number of nodes of each operator; those of other domains with the domain's name.
    pub operators: BTreeMap<String, usize>,
    /// Weights in the file's order: name, shape, and `true` for floating-point numbers.
    pub weights: Vec<(String, Vec<usize>, bool)>,
    /// Texts that the exporter added.
    pub metadata: BTreeMap<String, String>,
}

impl OnnxModel {
    /// Lists the file.
    pub fn contents(&self) -> OnnxContents {
        let graph = self.graph();
        let mut operators = BTreeMap::new();
        for node in &graph.node {
            let name = match node.domain.as_str() {
                "" | "ai.onnx" => node.op_type.clone(),
                domain => format!("{domain}.{}", node.op_type),
            };
            *operators.entry(name).or_insert(0) += 1;
        }
        let weights = graph.initializer.iter().filter_map(|proto| {
            let tensor = self.weights().get(&proto.name)?;
            Some((proto.name.clone(), tensor.shape.clone(), tensor.is_float()))
        });
        let is_input = |value: &&ValueInfoProto| !self.weights().contains_key(&value.name);
        OnnxContents {
            producer: self.producer(),
            opset: self.opset(),
            inputs: graph.input.iter().filter(is_input).map(described).collect(),
            outputs: graph.output.iter().map(described).collect(),
            operators,
            weights: weights.collect(),
            metadata: self.metadata(),
        }
    }
}

/// Name and shape of an input or output.
fn described(value: &ValueInfoProto) -> (String, String) {
    let shape = value.r#type.as_ref().and_then(|of| of.tensor_type.as_ref()).and_then(|of| of.shape.as_ref());
    let length = |of: &super::proto::DimensionProto| match (of.dim_value, &of.dim_param) {
        (Some(length), _) => length.to_string(),
        (None, Some(name)) if !name.is_empty() => name.clone(),
        _ => "?".to_owned(),
    };
    let shape = shape.map_or("of unknown shape".to_owned(), |shape| {
        format!("[{}]", shape.dim.iter().map(length).collect::<Vec<_>>().join(", "))
    });
    (value.name.clone(), shape)
}

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use camlab_nn::graph::layer::Softmax;
use camlab_nn::graph::{Extent, Graph, Layer, Node, NodeId, Op, Tap};

use super::axes::{TensorAxis, TensorView};
use super::call::{Call, ImportedValue, name_of};
use super::interface::{chosen, dimensions, guess, lengths};
use super::options::{ImageLayout, ImportOptions, Imported};
use crate::attributes::Attributes;
use crate::fold::fold;
use crate::proto::{NodeProto, ValueInfoProto};
use crate::tensor::Tensor;
use crate::{OnnxError, OnnxModel};

/// Images in a batch while shapes are computed, where the file does not fix their number.
const IMAGES: usize = 1;

/// Converts a node to values for its outputs.
pub(super) type Convert = fn(&mut Importer<'_>, &Call<'_>) -> Result<Vec<ImportedValue>, String>;

/// The operators that can be imported.
#[derive(Clone, Copy)]
pub(super) struct Operators {
    /// The conversion of an operator on activations; `None` if there is none.
    pub convert: fn(&str) -> Option<Convert>,
    /// True for operators that are computed at import, on constants only.
    pub folds: fn(&str) -> bool,
}

/// A graph under construction.
pub(super) struct Importer<'a> {
    model: &'a OnnxModel,
    operators: Operators,
    layout: ImageLayout,
    size: [usize; 2],
    images: usize,
    output: String,
    pub nodes: Vec<Node>,
    pub extents: Vec<Extent>,
    /// Values of every node's parameters, in their order.
    pub parameters: Vec<Vec<Vec<f32>>>,
    taps: Vec<Tap>,
    values: HashMap<String, ImportedValue>,
    /// Number of readers of every tensor.
    readers: HashMap<String, usize>,
    names: BTreeSet<String>,
    /// Elements that constants computed at import may still have.
    left: usize,
}

/// Elements of computed constants that every file may have, for the arithmetic of shapes.
const FEW_ELEMENTS: usize = 1 << 16;
/// Elements of all computed constants together, for every byte of the file.
const COMPUTED_PER_BYTE: usize = 8;

impl<'a> Importer<'a> {
    pub fn new(
        model: &'a OnnxModel,
        options: &ImportOptions,
        operators: Operators,
    ) -> Result<Self, OnnxError> {
        let graph = model.graph();
        let unknown = unsupported(&graph.node, operators);
        if !unknown.is_empty() {
            return Err(OnnxError::Operators { operators: unknown });
        }
        let weights = model.weights();
        let inputs: Vec<&ValueInfoProto> =
            graph.input.iter().filter(|input| !weights.contains_key(&input.name)).collect();
        let input = chosen("input", options.input.as_deref(), &inputs)?;
        let output = match &options.output {
            Some(output) => output.clone(),
            None => chosen("output", None, &graph.output.iter().collect::<Vec<_>>())?.name.clone(),
        };
        let lengths = lengths(input);
        let layout = options.layout.map_or_else(|| guess(&lengths, &input.name), Ok)?;
        let axes = dimensions(layout, lengths.len());
        // A dimension that the input does not have has the length 1.
        let length = |wanted: TensorAxis| {
            axes.iter().position(|axis| *axis == wanted).map_or(Some(1), |at| lengths[at])
        };
        let channels = length(TensorAxis::Channel).ok_or_else(|| {
            OnnxError::Interface(format!("the input `{}` does not say how many channels it has", input.name))
        })?;
        let size = match (options.size, length(TensorAxis::Row), length(TensorAxis::Column)) {
            (Some(size), ..) => size,
            (None, Some(height), Some(width)) => [height, width],
            _ => {
                let reason =
                    format!("the input `{}` takes images of any size; say which with `size`", input.name);
                return Err(OnnxError::Option { option: "size", reason });
            }
        };
        let mut readers: HashMap<String, usize> = HashMap::new();
        for name in graph.node.iter().flat_map(|node| &node.input).chain([&output]) {
            *readers.entry(name.clone()).or_default() += 1;
        }
        let mut importer = Self {
            model,
            operators,
            layout,
            size,
            images: length(TensorAxis::Batch).unwrap_or(IMAGES),
            output,
            nodes: Vec::new(),
            extents: Vec::new(),
            parameters: Vec::new(),
            taps: Vec::new(),
            values: HashMap::new(),
            readers,
            names: BTreeSet::new(),
            left: FEW_ELEMENTS.saturating_add(model.bytes().saturating_mul(COMPUTED_PER_BYTE)),
        };
        let node = importer
            .push("input", Op::Input { channels }, Vec::new(), Vec::new())
            .map_err(OnnxError::Interface)?;
        importer.values.insert(input.name.clone(), ImportedValue::Activation(TensorView { node, axes }));
        Ok(importer)
    }

    pub fn run(mut self) -> Result<Imported, OnnxError> {
        self.convert_all()?;
        let output = match self.values.get(&self.output) {
            Some(ImportedValue::Activation(output)) => output.clone(),
            _ => {
                let outputs: Vec<String> =
                    self.model.graph().output.iter().map(|output| format!("`{}`", output.name)).collect();
                let reason = format!(
                    "no node computes the output `{}` from the image; the network has {}",
                    self.output,
                    outputs.join(", ")
                );
                return Err(OnnxError::Option { option: "output", reason });
            }
        };
        // Maps and training need the scores before the softmax.
        let last = &self.nodes[output.node.0];
        let (scores, softmax) = match last.op {
            Op::Layer(Layer::Softmax(Softmax)) => (last.inputs[0], Some(last.name.clone())),
            _ => (output.node, None),
        };
        // Scores that are an image of one pixel become a vector.
        let scores = TensorView { node: scores, axes: output.axes };
        let end = match scores.axes[..] {
            [TensorAxis::Batch, TensorAxis::Channel] => {
                self.vector(&scores, "output").map_err(OnnxError::Interface)?.0
            }
            _ => scores.node,
        };
        self.complete_head(end);
        let values = self.named_parameters();
        let graph = Graph::new(self.nodes, self.taps, end).prefix(end);
        let kept: BTreeSet<String> = graph.parameters().into_iter().map(|spec| spec.name).collect();
        let values = values.into_iter().filter(|(name, _)| kept.contains(name)).collect();
        Ok(Imported { graph, values, size: self.size, layout: self.layout, softmax })
    }

    /// Converts the nodes until the output is known.
    pub fn convert_all(&mut self) -> Result<(), OnnxError> {
        for node in &self.model.graph().node {
            if self.values.contains_key(&self.output) {
                break;
            }
            self.convert(node).map_err(|reason| OnnxError::Node {
                node: name_of(node).to_owned(),
                operator: node.op_type.clone(),
                reason,
            })?;
        }
        Ok(())
    }

    fn convert(&mut self, node: &NodeProto) -> Result<(), String> {
        let attributes = Attributes(node);
        let inputs: Vec<Option<ImportedValue>> =
            node.input.iter().map(|name| self.value(name)).collect::<Result<_, _>>()?;
        let constants: Option<Vec<Option<&Tensor>>> = inputs
            .iter()
            .map(|input| match input {
                None => Some(None),
                Some(ImportedValue::Constant(tensor)) => Some(Some(tensor.as_ref())),
                Some(ImportedValue::Activation(_)) => None,
            })
            .collect();
        if let Some(constants) = constants
            && let Some(tensor) = fold(&node.op_type, &constants, attributes, self.largest())?
        {
            self.left = self.left.saturating_sub(tensor.len());
            return self.define(node, 0, ImportedValue::Constant(Arc::new(tensor)));
        }
        let Some(convert) = (self.operators.convert)(&node.op_type) else {
            return Err("is supported for constants only, and an operand depends on the image".into());
        };
        let call = Call { node, attributes, inputs };
        for (at, value) in convert(self, &call)?.into_iter().enumerate() {
            self.define(node, at, value)?;
        }
        Ok(())
    }

    /// Elements of the largest constant that may be computed: a file must not make more of itself than it is.
    fn largest(&self) -> usize {
        self.model.bytes().max(FEW_ELEMENTS).min(self.left)
    }

    /// The value of a tensor; `None` for an operand that is left out.
    fn value(&self, name: &str) -> Result<Option<ImportedValue>, String> {
        if name.is_empty() {
            return Ok(None);
        }
        match (self.values.get(name), self.model.weights().get(name)) {
            (Some(value), _) => Ok(Some(value.clone())),
            (None, Some(tensor)) => Ok(Some(ImportedValue::Constant(Arc::clone(tensor)))),
            (None, None) => Err(format!("reads the tensor `{name}`, which nothing computes")),
        }
    }

    /// Gives an output its value, and the layer that computes it its name.
    fn define(&mut self, node: &NodeProto, at: usize, value: ImportedValue) -> Result<(), String> {
        let Some(name) = node.output.get(at).filter(|name| !name.is_empty()) else { return Ok(()) };
        if let ImportedValue::Activation(activation) = &value {
            // The tensor's name and the node's; a later name of the same values replaces none.
            let own = Some(&node.name).filter(|name| at == 0 && !name.is_empty());
            for name in own.into_iter().chain([name]) {
                if !self.taps.iter().any(|tap| tap.name == *name) {
                    self.taps.push(Tap { name: name.clone(), node: activation.node });
                }
            }
        }
        self.values.insert(name.clone(), value);
        Ok(())
    }

    /// Appends a node with the values of its parameters.
    pub fn push(
        &mut self,
        name: &str,
        op: Op,
        inputs: Vec<NodeId>,
        parameters: Vec<Vec<f32>>,
    ) -> Result<NodeId, String> {
        let mut unique = name.to_owned();
        let mut count = 0;
        while !self.names.insert(unique.clone()) {
            count += 1;
            unique = format!("{name}_{count}");
        }
        let node = Node { name: unique.clone(), op, inputs };
        let extents: Vec<Extent> = node.inputs.iter().map(|input| self.extents[input.0]).collect();
        let [height, width] = self.size;
        let extent = node.extent(&extents, height, width).map_err(|error| error.to_string())?;
        let id = NodeId(self.nodes.len());
        self.nodes.push(node);
        self.extents.push(extent);
        self.parameters.push(parameters);
        self.taps.push(Tap { name: unique, node: id });
        Ok(id)
    }

    /// True if a tensor of the file is read once, and so is every other tensor of the same values: its node may change.
    pub fn read_once(&self, name: &str) -> bool {
        let once = |name: &str| self.readers.get(name).copied().unwrap_or(0) <= 1;
        let node = |value: &ImportedValue| match value {
            ImportedValue::Activation(activation) => Some(activation.node),
            ImportedValue::Constant(_) => None,
        };
        let Some(own) = self.values.get(name).and_then(node) else { return once(name) };
        self.values.iter().filter(|(_, value)| node(value) == Some(own)).all(|(name, _)| once(name))
    }

    /// Lets everything that is still to be converted read `node` in the place of the image.
    pub fn replace_image(&mut self, node: NodeId) {
        for value in self.values.values_mut() {
            if let ImportedValue::Activation(view) = value {
                view.node = node;
            }
        }
    }

    /// Removes nodes whose names begin with `start` from the layers.
    pub fn hide(&mut self, start: &str) {
        self.taps.retain(|tap| !tap.name.starts_with(start));
    }

    /// Removes the names of a value that is no longer computed as it was.
    pub fn rename(&mut self, tensor: &str) {
        self.taps.retain(|tap| tap.name != tensor);
    }

    /// Lengths of an activation's dimensions.
    pub fn shape(&self, activation: &TensorView) -> Vec<usize> {
        let extent = self.extents[activation.node.0];
        activation.axes.iter().map(|axis| axis.length(extent, self.images)).collect()
    }

    /// Number of images in the shapes that are computed.
    pub fn images(&self) -> usize {
        self.images
    }

    /// Gives a convolution whose mean values are the scores its biases, which exporters leave out where they are 0.
    fn complete_head(&mut self, end: NodeId) {
        let Op::GlobalAvgPool = self.nodes[end.0].op else { return };
        let mut head = self.nodes[end.0].inputs[0];
        if let Op::Relu = self.nodes[head.0].op {
            head = self.nodes[head.0].inputs[0];
        }
        if let Op::Conv { output, bias, .. } = &mut self.nodes[head.0].op
            && !*bias
        {
            *bias = true;
            self.parameters[head.0].push(vec![0.0; *output]);
        }
    }

    /// The value of the output.
    #[cfg(test)]
    pub fn result(&self) -> Option<&ImportedValue> {
        self.values.get(&self.output)
    }

    /// The network up to a node.
    #[cfg(test)]
    pub fn network(&self, end: NodeId) -> camlab_nn::Network {
        let graph = Graph::new(self.nodes.clone(), Vec::new(), end);
        let mut network = camlab_nn::Network::new(graph);
        for (name, value) in self.named_parameters() {
            network.set(&name, value).expect("a value of a parameter");
        }
        network
    }

    fn named_parameters(&self) -> Vec<(String, Vec<f32>)> {
        let graph = Graph::new(self.nodes.clone(), Vec::new(), NodeId(self.nodes.len() - 1));
        let mut taken = vec![0; self.nodes.len()];
        let named = graph.parameters().into_iter().map(|spec| {
            let at = &mut taken[spec.node.0];
            *at += 1;
            let value = self.parameters[spec.node.0].get(*at - 1).cloned().unwrap_or_default();
            (spec.name, value)
        });
        named.collect()
    }
}

/// The operators that are neither converted nor computed, each with a node.
fn unsupported(nodes: &[NodeProto], operators: Operators) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for node in nodes {
        let standard = node.domain.is_empty() || node.domain == "ai.onnx";
        let known =
            standard && ((operators.convert)(&node.op_type).is_some() || (operators.folds)(&node.op_type));
        let operator =
            if standard { node.op_type.clone() } else { format!("{}.{}", node.domain, node.op_type) };
        if !known && !found.iter().any(|(known, _)| *known == operator) {
            found.push((operator, name_of(node).to_owned()));
        }
    }
    found
}

use camlab_nn::graph::{Extent, NodeId};
use prost::bytes::Bytes;

use crate::proto::{AttributeProto, NodeProto, TensorProto};

/// Nodes and constants that are written.
pub(super) struct Writer<'a> {
    pub nodes: Vec<NodeProto>,
    pub tensors: Vec<TensorProto>,
    extents: &'a [Extent],
}

impl<'a> Writer<'a> {
    pub fn new(extents: &'a [Extent]) -> Self {
        Self { nodes: Vec::new(), tensors: Vec::new(), extents }
    }

    /// Shape of one image's activation.
    pub fn extent(&self, id: NodeId) -> Extent {
        self.extents[id.0]
    }

    /// Appends a node with one output.
    pub fn node(&mut self, operator: &str, name: &str, input: Vec<String>, output: &str) -> &mut NodeProto {
        self.nodes.push(NodeProto {
            input,
            output: vec![output.to_owned()],
            name: name.to_owned(),
            op_type: operator.to_owned(),
            attribute: Vec::new(),
            domain: String::new(),
        });
        let last = self.nodes.len() - 1;
        &mut self.nodes[last]
    }

    /// Appends a constant of floating-point numbers; returns its name.
    pub fn floats(&mut self, name: &str, shape: &[usize], values: &[f32]) -> String {
        let raw: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.tensor(name, shape, 1, raw)
    }

    /// Appends a row of integers; returns its name.
    pub fn ints(&mut self, name: &str, values: &[i64]) -> String {
        let raw: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.tensor(name, &[values.len()], 7, raw)
    }

    fn tensor(&mut self, name: &str, shape: &[usize], data_type: i32, raw: Vec<u8>) -> String {
        self.tensors.push(TensorProto {
            dims: shape.iter().map(|length| *length as i64).collect(),
            data_type,
            name: name.to_owned(),
            raw_data: Bytes::from(raw),
            ..TensorProto::default()
        });
        name.to_owned()
    }
}

/// Attributes of a node that is written.
pub(super) trait WriteAttributes {
    /// Adds an integer.
    fn int(&mut self, name: &str, value: i64);
    /// Adds a number.
    fn float(&mut self, name: &str, value: f32);
    /// Adds integers.
    fn ints(&mut self, name: &str, values: &[i64]);
    /// Adds a word.
    fn word(&mut self, name: &str, value: &str);
}

/// Kinds of attributes.
const FLOAT: i32 = 1;
const INT: i32 = 2;
const STRING: i32 = 3;
const INTS: i32 = 7;

impl WriteAttributes for NodeProto {
    fn int(&mut self, name: &str, value: i64) {
        self.attribute.push(AttributeProto { i: value, r#type: INT, ..named(name) });
    }

    fn float(&mut self, name: &str, value: f32) {
        self.attribute.push(AttributeProto { f: value, r#type: FLOAT, ..named(name) });
    }

    fn ints(&mut self, name: &str, values: &[i64]) {
        self.attribute.push(AttributeProto { ints: values.to_vec(), r#type: INTS, ..named(name) });
    }

    fn word(&mut self, name: &str, value: &str) {
        let s = Bytes::from(value.as_bytes().to_vec());
        self.attribute.push(AttributeProto { s, r#type: STRING, ..named(name) });
    }
}

fn named(name: &str) -> AttributeProto {
    AttributeProto { name: name.to_owned(), ..AttributeProto::default() }
}

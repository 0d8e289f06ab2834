use std::sync::Arc;

use super::axes::TensorView;
use crate::attributes::Attributes;
use crate::proto::NodeProto;
use crate::tensor::Tensor;

/// Meaning of a tensor of the file.
#[derive(Debug, Clone)]
pub(super) enum ImportedValue {
    /// A number that is known.
    Constant(Arc<Tensor>),
    /// A value of the graph.
    Activation(TensorView),
}

/// A node with its operands.
pub(super) struct Call<'a> {
    pub node: &'a NodeProto,
    pub attributes: Attributes<'a>,
    pub inputs: Vec<Option<ImportedValue>>,
}

impl Call<'_> {
    /// An operand that is computed from the image.
    pub fn activation(&self, at: usize) -> Result<&TensorView, String> {
        match self.inputs.get(at) {
            Some(Some(ImportedValue::Activation(activation))) => Ok(activation),
            Some(Some(ImportedValue::Constant(_))) => Err(format!("has a constant as operand {at}")),
            _ => Err(format!("lacks operand {at}")),
        }
    }

    /// An operand that must be known, if it is given.
    pub fn constant(&self, at: usize) -> Result<Option<&Tensor>, String> {
        match self.inputs.get(at) {
            Some(Some(ImportedValue::Constant(tensor))) => Ok(Some(tensor.as_ref())),
            Some(Some(ImportedValue::Activation(_))) => {
                Err(format!("computes operand {at} from the image; it must be a constant"))
            }
            _ => Ok(None),
        }
    }

    /// An operand that must be given and known.
    pub fn known(&self, at: usize) -> Result<&Tensor, String> {
        self.constant(at)?.ok_or_else(|| format!("lacks operand {at}"))
    }

    /// Integers that are an attribute in old versions and an operand in new ones; `None` if they are not given.
    pub fn ints(&self, name: &str, at: usize) -> Result<Option<Vec<i64>>, String> {
        match (self.attributes.ints(name), self.constant(at)?) {
            (Some(values), _) => Ok(Some(values.to_vec())),
            (None, Some(tensor)) => {
                tensor.whole().map(Some).ok_or_else(|| format!("needs whole numbers as operand {at}"))
            }
            (None, None) => Ok(None),
        }
    }

    /// Name of the layer: that of the module whose weight it reads, if the weight has a module's name, or the node's.
    pub fn name(&self) -> String {
        let weight = self.node.input.get(1).and_then(|name| name.strip_suffix(".weight"));
        weight.unwrap_or_else(|| name_of(self.node)).to_owned()
    }
}

/// Name of a node, or of its first output.
pub(super) fn name_of(node: &NodeProto) -> &str {
    match (node.name.as_str(), node.output.first()) {
        ("", Some(output)) => output,
        (name, _) => name,
    }
}

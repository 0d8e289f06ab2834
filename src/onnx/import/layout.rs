//! Operands in the layouts that operations need.

use camlab_nn::graph::layer::{GridAverage, Layer};
use camlab_nn::graph::{Extent, NodeId, Op};

use super::axes::{TensorAxis, TensorView};
use super::call::ImportedValue;
use super::importer::Importer;

/// The dimensions of an image as operators of ONNX read it.
pub(super) const IMAGE: [TensorAxis; 4] =
    [TensorAxis::Batch, TensorAxis::Channel, TensorAxis::Row, TensorAxis::Column];

impl Importer<'_> {
    /// An activation that is used as `[n, c, h, w]`.
    pub fn image(&mut self, activation: &TensorView) -> Result<NodeId, String> {
        let extent = self.extents[activation.node.0];
        let (_, height, width) = extent.grid();
        let fits = |(own, wanted): (&TensorAxis, TensorAxis)| match wanted {
            TensorAxis::Row => *own == TensorAxis::Row || (*own == TensorAxis::One && height == 1),
            TensorAxis::Column => *own == TensorAxis::Column || (*own == TensorAxis::One && width == 1),
            wanted => *own == wanted,
        };
        let ordered = activation.axes.len() == 4 && activation.axes.iter().zip(IMAGE).all(fits);
        match (ordered, extent) {
            (true, Extent::Image { .. }) => Ok(activation.node),
            (true, Extent::Vector { .. }) => Err("reads a vector as an image, which is not supported".into()),
            (false, _) => Err(format!(
                "needs its operand as images, channels, rows and columns, and has {:?}",
                activation.axes
            )),
        }
    }

    /// An activation that is used as `[n, features]`; with channels, rows and columns if the file's features are in the order
    /// of rows, columns and channels, while the graph's are in that of channels, rows and columns.
    pub fn vector(
        &mut self,
        activation: &TensorView,
        name: &str,
    ) -> Result<(NodeId, Option<[usize; 3]>), String> {
        let plain = activation.axes[..] == [TensorAxis::Batch, TensorAxis::Channel];
        let flat = activation.axes[..] == [TensorAxis::Batch, TensorAxis::Flat];
        match self.extents[activation.node.0] {
            Extent::Vector { .. } if plain => Ok((activation.node, None)),
            Extent::Image { height: 1, width: 1, .. } if plain || flat => {
                // The mean of every channel, then as a vector: global average pooling.
                let node = &self.nodes[activation.node.0];
                let pooled = matches!(&node.op, Op::Layer(Layer::GridAverage(average)) if *average == GridAverage::GLOBAL);
                let node = match pooled {
                    true => {
                        let (name, inputs) = (node.name.clone(), node.inputs.clone());
                        self.push(&name, Op::GlobalAvgPool, inputs, Vec::new())
                    }
                    false => {
                        let op = Op::Flatten { height: 1, width: 1 };
                        self.push(&format!("{name}.flatten"), op, vec![activation.node], Vec::new())
                    }
                };
                Ok((node?, None))
            }
            Extent::Image { channels, height, width } if flat => {
                let op = Op::Flatten { height, width };
                let node = self.push(&format!("{name}.flatten"), op, vec![activation.node], Vec::new())?;
                Ok((node, Some([channels, height, width])))
            }
            _ => Err(format!("needs a vector, and has {:?}", activation.axes)),
        }
    }

    /// A result with the dimensions of an image.
    pub fn as_image(node: NodeId) -> ImportedValue {
        ImportedValue::Activation(TensorView { node, axes: IMAGE.to_vec() })
    }

    /// A result with the dimensions of its operand.
    pub fn like(activation: &TensorView, node: NodeId) -> ImportedValue {
        ImportedValue::Activation(TensorView { node, axes: activation.axes.clone() })
    }
}

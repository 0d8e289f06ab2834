use std::sync::Arc;

use super::pass::TapeWalk;
use super::{Images, Network, NetworkError, NormStatistics};
use crate::Value;
use crate::graph::NodeId;

/// The activations of one node for a batch.
#[derive(Debug, Clone, PartialEq)]
pub struct Activation {
    /// `[images, height, width, channels]`, row-major.
    pub data: Arc<Vec<f32>>,
    /// Number of images.
    pub images: usize,
    /// Number of channels; after the global pooling, of features.
    pub channels: usize,
    /// Height of the grid (1 after the global pooling).
    pub height: usize,
    /// Width of the grid (1 after the global pooling).
    pub width: usize,
}

impl Activation {
    /// The `[height, width, channels]` of one image of the batch.
    pub fn image(&self, index: usize) -> &[f32] {
        let length = self.channels * self.height * self.width;
        &self.data[index * length..(index + 1) * length]
    }
}

/// Result of a forward pass.
#[derive(Debug, Clone, PartialEq)]
pub struct Inference {
    /// Class scores, `[n, classes]` row-major, before any softmax.
    pub logits: Vec<f32>,
    /// The requested activations, in the order of the request.
    pub taps: Vec<Activation>,
}

impl Network {
    /// Logits and activations in evaluation mode; nothing is recorded, activations are freed after their last
    /// use.
    ///
    /// # Errors
    /// [`NetworkError`] for images that do not fit the graph, or a graph without a head.
    pub fn infer(&self, images: &Images, taps: &[NodeId]) -> Result<Inference, NetworkError> {
        let mut pass = TapeWalk::new(self, images, self.constants(), NormStatistics::Running, taps)?;
        self.graph().ids().try_for_each(|id| pass.advance(id))?;
        Ok(Inference { logits: pass.logits()?.data.to_vec(), taps: self.collect(&pass, taps)? })
    }

    /// The activation at the output of a graph that need not end in class scores (a [prefix]), in evaluation
    /// mode.
    ///
    /// [prefix]: crate::graph::Graph::prefix
    ///
    /// # Errors
    /// [`NetworkError`] for images that do not fit the graph.
    pub fn output(&self, images: &Images) -> Result<super::Activation, NetworkError> {
        let mut pass = TapeWalk::new(self, images, self.constants(), NormStatistics::Running, &[])?;
        self.graph().ids().try_for_each(|id| pass.advance(id))?;
        pass.activation(self.graph().output())
    }

    pub(super) fn collect(
        &self,
        pass: &TapeWalk<'_>,
        taps: &[NodeId],
    ) -> Result<Vec<Activation>, NetworkError> {
        taps.iter().map(|tap| pass.activation(*tap)).collect()
    }

    /// All parameters as values without gradients.
    pub(crate) fn constants(&self) -> Vec<Value> {
        let values = self.specs().iter().zip(self.values());
        let value = |data: &Arc<Vec<f32>>, shape: &[usize]| Value {
            data: Arc::clone(data),
            shape: shape.to_vec(),
            slot: None,
        };
        values.map(|(spec, data)| value(data, &spec.shape)).collect()
    }
}

//! A graph and its parameters; forward passes with and without gradients.

mod classifier;
mod cut;
mod error;
mod fuse;
mod gradients;
mod infer;
mod pass;
mod statistics;
mod step;

use std::ops::Range;
use std::sync::Arc;

use super::graph::{Graph, NodeId, ParameterSpec};

pub use classifier::Classifier;
pub use error::NetworkError;
pub use gradients::Attribution;
pub use infer::{Activation, Inference};
pub use pass::Images;
pub(super) use pass::TapeWalk;
pub(super) use statistics::ChannelMoments;
pub use step::NormStatistics;

/// A graph with a value for each of its parameters and buffers.
///
/// Values are plain shared arrays, so a network is cheap to clone and any thread may read it. dfdx's tensors
/// are used only where dfdx needs them: on the tape of one forward pass, and in an optimiser
/// ([`crate::train`]).
#[derive(Debug, Clone)]
pub struct Network {
    graph: Graph,
    specs: Vec<ParameterSpec>,
    values: Vec<Arc<Vec<f32>>>,
    /// Range of `specs` that belongs to each node.
    of_node: Vec<Range<usize>>,
}

impl Network {
    /// A network whose weights are 0 and whose batch norms are the identity; an initialisation or checkpoint
    /// fills it.
    pub fn new(graph: Graph) -> Self {
        let specs = graph.parameters();
        let values = specs.iter().map(|spec| Arc::new(vec![spec.kind.neutral(); spec.elements()])).collect();
        let mut of_node = Vec::with_capacity(graph.nodes().len());
        let mut start = 0;
        for id in graph.ids() {
            let count = specs[start..].iter().take_while(|spec| spec.node == id).count();
            of_node.push(start..start + count);
            start += count;
        }
        Self { graph, specs, values, of_node }
    }

    /// Graph of the network.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Name, shape and kind of every parameter and buffer, in the order of the data flow.
    pub fn specs(&self) -> &[ParameterSpec] {
        &self.specs
    }

    /// The values, in the order of [`Network::specs`].
    pub fn values(&self) -> &[Arc<Vec<f32>>] {
        &self.values
    }

    /// The value of the parameter or buffer called `name`.
    pub fn get(&self, name: &str) -> Option<&Arc<Vec<f32>>> {
        self.specs.iter().position(|spec| spec.name == name).map(|index| &self.values[index])
    }

    /// Range of [`Network::specs`] that belongs to `node`.
    pub fn parameters_of(&self, node: NodeId) -> Range<usize> {
        self.of_node[node.0].clone()
    }

    /// Replaces the value of `name`.
    ///
    /// # Errors
    /// [`NetworkError::NoSuchParameter`], or [`NetworkError::Length`] when the number of elements differs.
    pub fn set(&mut self, name: &str, value: Vec<f32>) -> Result<(), NetworkError> {
        let index = self.specs.iter().position(|spec| spec.name == name);
        let index = index.ok_or_else(|| NetworkError::no_such_parameter(name, &self.specs))?;
        self.set_at(index, value)
    }

    /// The values, to be modified; their lengths must not change.
    pub(super) fn values_mut(&mut self) -> &mut [Arc<Vec<f32>>] {
        &mut self.values
    }

    pub(super) fn set_at(&mut self, index: usize, value: Vec<f32>) -> Result<(), NetworkError> {
        let spec = &self.specs[index];
        if value.len() != spec.elements() {
            let (name, wanted) = (spec.name.clone(), spec.elements());
            return Err(NetworkError::Length { name, given: value.len(), wanted });
        }
        self.values[index] = Arc::new(value);
        Ok(())
    }
}

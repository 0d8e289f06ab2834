use std::sync::Arc;

use super::{Network, NetworkError};
use crate::graph::{Graph, NodeId};

impl Network {
    /// The network that ends at `to`, with this one's weights: see [`Graph::prefix`].
    pub fn prefix(&self, to: NodeId) -> Self {
        self.part(self.graph().prefix(to))
    }

    /// The network from the activation `from` on, its input being that activation, with this one's weights: see
    /// [`Graph::tail`].
    ///
    /// # Errors
    /// [`NetworkError::Graph`] when something behind `from` also reads an activation before it.
    pub fn tail(&self, from: NodeId) -> Result<Self, NetworkError> {
        Ok(self.part(self.graph().tail(from)?))
    }

    /// A part of the graph, which keeps the names, with the values of those names; they are shared, not copied.
    fn part(&self, graph: Graph) -> Self {
        let mut part = Self::new(graph);
        for (spec, value) in part.specs.iter().zip(&mut part.values) {
            if let Some(own) = self.get(&spec.name) {
                *value = Arc::clone(own);
            }
        }
        part
    }
}

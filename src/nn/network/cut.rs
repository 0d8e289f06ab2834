use std::sync::Arc;

use super::{Network, NetworkError};
use crate::graph::{Graph, NodeId};

impl Network {
    /// The part of the network that ends at `to`, with the same weights: see [`Graph::prefix`].
    pub fn prefix(&self, to: NodeId) -> Self {
        self.part(self.graph().prefix(to))
    }

    /// The part of the network from the activation `from` on, which is its input, with the same weights: see
    /// [`Graph::tail`].
    ///
    /// # Errors
    /// [`NetworkError::Graph`] if a node after `from` also reads an activation before it.
    pub fn tail(&self, from: NodeId) -> Result<Self, NetworkError> {
        Ok(self.part(self.graph().tail(from)?))
    }

    /// A subgraph, which keeps the names, with the values of those names; they are shared, not copied.
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

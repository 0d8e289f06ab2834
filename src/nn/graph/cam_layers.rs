use std::collections::BTreeMap;

use super::{Graph, GraphError, NodeId, Op, Tap};

/// Place of a layer in a network, for layers whose class activation maps are usually computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CamLayerRole {
    /// The last activation of a grid's size.
    StageEnd,
    /// The activation that the head reads, by pooling or flattening.
    LastFeatures,
}

impl std::fmt::Display for CamLayerRole {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::StageEnd => "stage end",
            Self::LastFeatures => "last before the head",
        })
    }
}

impl Graph {
    /// The layers at which class activation maps are usually computed, by their shortest names, in the order of the data
    /// flow: the last features, and before them the last activation of every grid's size that a convolution has.
    ///
    /// # Errors
    /// As [`Graph::shapes`].
    pub fn cam_layers(&self, height: usize, width: usize) -> Result<Vec<(&str, CamLayerRole)>, GraphError> {
        let shapes = self.shapes(height, width)?;
        let last = self.last_features();
        let mut ends: BTreeMap<(usize, usize), NodeId> = BTreeMap::new();
        let flow = self.ancestors(last.unwrap_or(self.output));
        for id in self.ids().filter(|id| flow[id.0]) {
            let (_, rows, columns) = shapes[id.0].grid();
            let grid = (rows, columns);
            // Padding alone has sizes that no stage has.
            let convolved = matches!(self.node(id).op, Op::Conv { .. });
            if rows * columns > 1 && (convolved || ends.contains_key(&grid)) {
                ends.insert(grid, id);
            }
        }
        let mut found: Vec<(NodeId, CamLayerRole)> = ends
            .into_values()
            .filter(|id| last != Some(*id))
            .map(|id| (id, CamLayerRole::StageEnd))
            .chain(last.map(|id| (id, CamLayerRole::LastFeatures)))
            .collect();
        found.sort_by_key(|(id, _)| id.0);
        Ok(found.into_iter().filter_map(|(id, role)| Some((self.short_name(id)?, role))).collect())
    }

    /// The same network, in which `alias` names the activation of the layer `name` as well.
    ///
    /// # Errors
    /// [`GraphError::UnknownTap`] for another name than a layer's, [`GraphError::AliasTaken`] if the alias is a layer's.
    pub fn with_alias(mut self, alias: &str, name: &str) -> Result<Self, GraphError> {
        let node = self.tap(name)?;
        if self.taps.iter().any(|tap| tap.name == alias) {
            return Err(GraphError::AliasTaken { alias: alias.to_owned() });
        }
        let place =
            self.taps.iter().rposition(|tap| tap.node == node).map_or(self.taps.len(), |last| last + 1);
        self.taps.insert(place, Tap { name: alias.to_owned(), node });
        Ok(self)
    }

    /// Shortest name of a node's activation: `layer4` rather than `layer4.2.relu`.
    fn short_name(&self, node: NodeId) -> Option<&str> {
        let names = self.taps.iter().filter(|tap| tap.node == node).map(|tap| tap.name.as_str());
        names.min_by_key(|name| name.len())
    }

    /// The nodes that a node is computed from, and itself.
    fn ancestors(&self, node: NodeId) -> Vec<bool> {
        let mut found = vec![false; self.nodes.len()];
        found[node.0] = true;
        for id in (0..=node.0).rev().filter(|id| self.nodes.get(*id).is_some()) {
            if found[id] {
                self.nodes[id].inputs.iter().for_each(|input| found[input.0] = true);
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use crate::graph::{CamLayerRole, Graph, GraphBuilder, GraphError, Window};

    /// Two stages with a branch of a channel's weight beside the second, as in squeeze-and-excitation.
    fn graph() -> Graph {
        let (mut builder, image) = GraphBuilder::new(3, 1e-5, 0.1);
        let stem = builder.conv("stem", image, 4, Window::square(3, 1, 1));
        let first = builder.relu("relu", stem);
        let second = builder.conv("down", first, 4, Window::square(3, 2, 1));
        builder.tap("stage2", second);
        let pooled = builder.global_avg_pool("pool", second);
        let head = builder.linear("fc", pooled, 2);
        builder.finish(head)
    }

    #[test]
    fn stage_ends_and_the_last_features_are_found() {
        let graph = graph();
        let found = graph.cam_layers(8, 8).unwrap();
        assert_eq!(found, [("relu", CamLayerRole::StageEnd), ("down", CamLayerRole::LastFeatures)]);
    }

    #[test]
    fn an_alias_names_the_same_activation() {
        let graph = graph().with_alias("last", "stage2").unwrap();
        assert_eq!(graph.tap("last").unwrap(), graph.tap("down").unwrap());
        assert!(matches!(graph.clone().with_alias("fc", "down"), Err(GraphError::AliasTaken { .. })));
        assert!(matches!(graph.with_alias("x", "dwn"), Err(GraphError::UnknownTap { .. })));
    }
}

use super::{Graph, NodeId};

impl Graph {
    /// Readers of each node's output, in the nodes' order.
    pub fn consumers(&self) -> Vec<Vec<NodeId>> {
        let mut readers = vec![Vec::new(); self.nodes.len()];
        for id in self.ids() {
            for input in &self.node(id).inputs {
                readers[input.0].push(id);
            }
        }
        readers
    }

    /// For each node, the nodes whose outputs it is the last to read: they may be freed after it has run. The
    /// graph's output and the nodes in `keep` are never freed.
    pub fn last_uses(&self, keep: &[NodeId]) -> Vec<Vec<NodeId>> {
        let mut freed = vec![Vec::new(); self.nodes.len()];
        for (index, readers) in self.consumers().iter().enumerate() {
            let id = NodeId(index);
            if let Some(last) = readers.last().filter(|_| id != self.output && !keep.contains(&id)) {
                freed[last.0].push(id);
            }
        }
        freed
    }
}

use super::{Graph, NodeId, Op};

impl Graph {
    /// Who reads each node's output, in the nodes' order.
    pub fn consumers(&self) -> Vec<Vec<NodeId>> {
        let mut readers = vec![Vec::new(); self.nodes.len()];
        for id in self.ids() {
            for input in &self.node(id).inputs {
                readers[input.0].push(id);
            }
        }
        readers
    }

    /// For each node, the nodes whose outputs it is the last to read: what may be freed once it has run.
    /// The graph's output and the nodes in `keep` are never freed.
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

    /// Whether the output is a linear layer on the global average of this very activation, so that CAM's
    /// weighted sum of its channels (Zhou et al. 2016, equation 2) is exact there.
    pub fn feeds_global_pool(&self, node: NodeId) -> bool {
        let head = self.node(self.output);
        let Op::Linear { .. } = head.op else { return false };
        head.inputs.iter().any(|&pool| {
            matches!(self.node(pool).op, Op::GlobalAvgPool) && self.node(pool).inputs.contains(&node)
        })
    }

    /// The layer that [`Graph::feeds_global_pool`], by its shortest name: `layer4` rather than `layer4.2.relu`.
    pub fn last_feature(&self) -> Option<&str> {
        let feeding = self.taps().iter().filter(|tap| self.feeds_global_pool(tap.node));
        feeding.map(|tap| tap.name.as_str()).min_by_key(|name| name.len())
    }

    /// The linear head behind the global pooling, whose weights CAM reads: its node's name.
    pub fn head(&self) -> Option<&str> {
        let head = self.node(self.output);
        matches!(head.op, Op::Linear { .. }).then_some(head.name.as_str())
    }
}

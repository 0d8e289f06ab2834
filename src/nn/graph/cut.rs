use super::{Graph, GraphError, Node, NodeId, Op, Tap};

impl Graph {
    /// The subgraph that ends at `to`: the nodes from which `to` is computed. Names are kept.
    pub fn prefix(&self, to: NodeId) -> Self {
        self.select(&self.prefix_mask(to), to, |id| self.node(id).clone())
    }

    /// The subgraph from `from` to the output: its input is the activation `from`. Names are kept, the input
    /// node has `from`'s name.
    ///
    /// # Errors
    /// [`GraphError::Cut`] if a node after `from` also reads an activation before it.
    pub fn tail(&self, from: NodeId) -> Result<Self, GraphError> {
        let mut behind = vec![false; self.nodes.len()];
        behind[from.0] = true;
        for id in self.ids().skip(from.0 + 1) {
            behind[id.0] = self.node(id).inputs.iter().any(|input| behind[input.0]);
        }
        // Nodes after `from` that do not lead to the output (none, in a backbone) are left out.
        let needed = self.prefix_mask(self.output);
        let taken: Vec<bool> = behind.iter().zip(&needed).map(|(a, b)| *a && *b).collect();
        for id in self.ids().skip(from.0 + 1).filter(|id| taken[id.0]) {
            if let Some(read) = self.node(id).inputs.iter().find(|input| !taken[input.0]) {
                return Err(GraphError::Cut {
                    at: self.node(from).name.clone(),
                    reader: self.node(id).name.clone(),
                    read: self.node(*read).name.clone(),
                });
            }
        }
        Ok(self.select(&taken, self.output, |id| match id == from {
            true => Node {
                name: self.node(id).name.clone(),
                op: Op::Input { channels: self.channels(from) },
                inputs: Vec::new(),
            },
            false => self.node(id).clone(),
        }))
    }

    fn prefix_mask(&self, to: NodeId) -> Vec<bool> {
        let mut needed = vec![false; self.nodes.len()];
        needed[to.0] = true;
        for id in self.ids().rev().filter(|id| id.0 <= to.0) {
            if needed[id.0] {
                self.node(id).inputs.iter().for_each(|input| needed[input.0] = true);
            }
        }
        needed
    }

    fn select(&self, taken: &[bool], output: NodeId, node: impl Fn(NodeId) -> Node) -> Self {
        let mut place = vec![NodeId(0); self.nodes.len()];
        let mut nodes: Vec<Node> = Vec::new();
        for id in self.ids().filter(|id| taken[id.0]) {
            place[id.0] = NodeId(nodes.len());
            let mut node = node(id);
            node.inputs.iter_mut().for_each(|input| *input = place[input.0]);
            nodes.push(node);
        }
        let taps = self.taps.iter().filter(|tap| taken[tap.node.0]);
        let taps = taps.map(|tap| Tap { name: tap.name.clone(), node: place[tap.node.0] }).collect();
        Self { nodes, taps, output: place[output.0], probabilities: self.probabilities }
    }
}

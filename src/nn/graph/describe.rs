use std::fmt::Write;

use super::Graph;

impl Graph {
    /// The architecture as text, one line per node: equal for equal graphs, so stage keys may hash it.
    pub fn describe(&self) -> String {
        let mut text = String::new();
        for node in &self.nodes {
            let inputs: Vec<&str> = node.inputs.iter().map(|id| self.node(*id).name.as_str()).collect();
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{} = {:?} <- [{}]", node.name, node.op, inputs.join(", "));
        }
        let _ = writeln!(text, "output = {}", self.node(self.output).name);
        text
    }
}

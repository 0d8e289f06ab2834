use super::{Extent, Graph, GraphError, Op};

impl Graph {
    /// Floating-point operations of one image's forward pass, a multiply-add counted as two: convolutions and
    /// linear layers, as in papers. All other operations are one or two percent, and are left out.
    ///
    /// # Errors
    /// [`GraphError::Shape`] if the graph does not accept `height` x `width`.
    pub fn flops(&self, height: usize, width: usize) -> Result<u64, GraphError> {
        let shapes = self.shapes(height, width)?;
        let of_node = |(index, shape): (usize, &Extent)| {
            let per_output = match &self.nodes[index].op {
                Op::Conv { input, window, groups, .. } => input / groups * window.taps(),
                Op::Linear { input, .. } => *input,
                _ => 0,
            };
            2 * (per_output * shape.elements()) as u64
        };
        Ok(shapes.iter().enumerate().map(of_node).sum())
    }
}

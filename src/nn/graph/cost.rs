use super::{Extent, Graph, GraphError, Op};

impl Graph {
    /// Floating-point operations of one image's forward pass, a multiply-add counted as two: convolutions and linear
    /// layers, as papers count. Everything else is a percent or two, and is left out.
    ///
    /// # Errors
    /// [`GraphError::Shape`] when the graph does not work on `height` x `width`.
    pub fn flops(&self, height: usize, width: usize) -> Result<u64, GraphError> {
        let shapes = self.shapes(height, width)?;
        let of_node = |(index, shape): (usize, &Extent)| {
            let per_output = match &self.nodes[index].op {
                Op::Conv { input, window, groups, .. } => input / groups * window.kernel * window.kernel,
                Op::Linear { input, .. } => *input,
                _ => 0,
            };
            2 * (per_output * shape.elements()) as u64
        };
        Ok(shapes.iter().enumerate().map(of_node).sum())
    }
}

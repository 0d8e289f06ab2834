use super::{Graph, GraphError, Node, NodeId, Op, Pooling, Window};

/// Shape of one image's activation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Extent {
    /// `[channels, height, width]`.
    Image {
        /// Channels.
        channels: usize,
        /// Rows.
        height: usize,
        /// Columns.
        width: usize,
    },
    /// `[length]`, after pooling or flattening.
    Vector {
        /// Elements.
        length: usize,
    },
}

impl Extent {
    /// Number of elements.
    pub fn elements(&self) -> usize {
        match self {
            Self::Image { channels, height, width } => channels * height * width,
            Self::Vector { length } => *length,
        }
    }

    /// Channels, height and width; a vector is a grid of one pixel.
    pub fn grid(&self) -> (usize, usize, usize) {
        match self {
            Self::Image { channels, height, width } => (*channels, *height, *width),
            Self::Vector { length } => (*length, 1, 1),
        }
    }
}

impl std::fmt::Display for Extent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Image { channels, height, width } => write!(f, "{channels}x{height}x{width}"),
            Self::Vector { length } => write!(f, "{length}"),
        }
    }
}

impl Graph {
    /// Number of channels (after the pooling: features) of a node's output.
    pub fn channels(&self, node: NodeId) -> usize {
        match (&self.node(node).op, self.node(node).inputs.first()) {
            (Op::Input { channels } | Op::BatchNorm { channels, .. }, _) => *channels,
            (Op::Conv { output, .. } | Op::Linear { output, .. } | Op::OptionA { output, .. }, _) => *output,
            (Op::Flatten { height, width }, Some(input)) => self.channels(*input) * height * width,
            (
                Op::Relu
                | Op::Function(_)
                | Op::Add
                | Op::MaxPool(_)
                | Op::AvgPool { .. }
                | Op::GlobalAvgPool,
                Some(input),
            ) => self.channels(*input),
            (Op::Layer(layer), _) => {
                let inputs: Vec<usize> =
                    self.node(node).inputs.iter().map(|input| self.channels(*input)).collect();
                layer.function().channels(&inputs)
            }
            (_, None) => 0,
        }
    }

    /// Shapes of all nodes' outputs for an input of `height` x `width`, in the nodes' order.
    ///
    /// # Errors
    /// [`GraphError::Shape`] naming the first node that does not accept its input.
    pub fn shapes(&self, height: usize, width: usize) -> Result<Vec<Extent>, GraphError> {
        let mut shapes: Vec<Extent> = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            let inputs: Vec<Extent> = node.inputs.iter().map(|id| shapes[id.0]).collect();
            shapes.push(infer(node, &inputs, height, width)?);
        }
        Ok(shapes)
    }

    /// Height and width of the activation at `node` for an input of `height` x `width`.
    ///
    /// # Errors
    /// [`GraphError::Shape`] if the input does not fit, or if the node is after the pooling and has no grid.
    pub fn grid(&self, node: NodeId, height: usize, width: usize) -> Result<(usize, usize), GraphError> {
        match self.shapes(height, width)?[node.0] {
            Extent::Image { height, width, .. } => Ok((height, width)),
            Extent::Vector { .. } => Err(GraphError::Shape {
                node: self.node(node).name.clone(),
                reason: "has no spatial grid, because it is after global pooling; use an earlier layer"
                    .into(),
            }),
        }
    }
}

impl Node {
    /// Shape of the output for inputs of these shapes, in a graph whose own input is `height` x `width`.
    ///
    /// # Errors
    /// [`GraphError::Shape`] if the inputs do not fit.
    pub fn extent(&self, inputs: &[Extent], height: usize, width: usize) -> Result<Extent, GraphError> {
        infer(self, inputs, height, width)
    }
}

fn infer(node: &Node, inputs: &[Extent], height: usize, width: usize) -> Result<Extent, GraphError> {
    let fails = |reason: String| GraphError::Shape { node: node.name.clone(), reason };
    let slide = |pooling: Pooling, read: Option<usize>, made: Option<usize>| match inputs {
        [Extent::Image { channels, height, width }] => {
            if read.is_some_and(|read| read != *channels) {
                return Err(fails(format!(
                    "expects {} channels, but its input has {channels}",
                    read.unwrap_or_default()
                )));
            }
            let (Some(h), Some(w)) = (pooling.count(0, *height), pooling.count(1, *width)) else {
                let [down, across] = pooling.window.dilation;
                let dilation = if down == across { down.to_string() } else { format!("{down}x{across}") };
                return Err(fails(format!(
                    "has a {} window (dilation {dilation}) that does not fit the {height}x{width} input; increase the \
                     image size",
                    pooling.window
                )));
            };
            Ok(Extent::Image { channels: made.unwrap_or(*channels), height: h, width: w })
        }
        _ => Err(fails("needs one image-shaped input".into())),
    };
    match (&node.op, inputs) {
        (Op::Input { channels }, []) => match height > 0 && width > 0 {
            true => Ok(Extent::Image { channels: *channels, height, width }),
            false => Err(fails(format!("cannot be {height}x{width}; give a positive size"))),
        },
        (Op::Conv { input, output, window, .. }, _) => slide((*window).into(), Some(*input), Some(*output)),
        (Op::MaxPool(pooling) | Op::AvgPool { pooling, .. }, _) => slide(*pooling, None, None),
        (Op::OptionA { input, output }, _) => {
            slide(Window::same(1).stride(2).into(), Some(*input), Some(*output))
        }
        (Op::BatchNorm { channels, .. }, [Extent::Image { channels: reach, .. }]) if channels != reach => {
            Err(fails(format!("normalises {channels} channels, but its input has {reach}")))
        }
        (Op::BatchNorm { .. } | Op::Relu | Op::Function(_), [x]) => Ok(*x),
        (Op::Layer(layer), _) => layer.function().extent(inputs).map_err(fails),
        (Op::Add, [x, y]) if x == y => Ok(*x),
        (Op::Add, [x, y]) => Err(fails(format!("adds activations of different shapes, {x} and {y}"))),
        (Op::GlobalAvgPool, [Extent::Image { channels, .. }]) => Ok(Extent::Vector { length: *channels }),
        (Op::Flatten { height: h, width: w }, [Extent::Image { channels, height, width }]) => {
            match h == height && w == width {
                true => Ok(Extent::Vector { length: channels * h * w }),
                false => Err(fails(format!(
                    "expects a {h}x{w} grid, but its input is {height}x{width}; use the image size that the classifier \
                     was trained for, or a classifier after global pooling"
                ))),
            }
        }
        (Op::Linear { input, output }, [Extent::Vector { length }]) if input == length => {
            Ok(Extent::Vector { length: *output })
        }
        (Op::Linear { input, .. }, [x]) => {
            Err(fails(format!("expects {input} features, but its input is {x}")))
        }
        (op, _) => Err(fails(format!("cannot apply {op:?} to {} inputs of these shapes", inputs.len()))),
    }
}

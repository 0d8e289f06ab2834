use super::{Graph, Node, NodeId, Op, Tap, Window};

/// Classification head: converts the last features to class scores, before or after global average pooling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Head {
    /// Global average pooling, then a linear layer (Zhou et al. 2016).
    GapLinear,
    /// A class map per class, `M_c(p) = sum_k mu_ck f_k(p) + gamma_c` (a 1x1 convolution with a bias), then
    /// global average pooling. Its class scores are those of [`Head::GapLinear`] with the same weights and
    /// biases, as a mean of sums is a sum of means; but the network itself computes its class maps.
    Affine,
}

/// The 1x1 convolution of an affine head.
fn point() -> Window {
    Window::same(1)
}

impl Graph {
    /// The node whose weights and biases produce the class scores: a linear layer at the output, or the 1x1
    /// convolution whose means over all positions, behind a ReLU or not, are the output (SqueezeNet has the ReLU).
    pub fn head_node(&self) -> Option<NodeId> {
        let output = self.node(self.output);
        let maps = |id: &NodeId| matches!(self.node(*id).op, Op::Conv { window, groups: 1, bias: true, .. } if window == point());
        match output.op {
            Op::Linear { .. } => Some(self.output),
            Op::GlobalAvgPool => {
                let pooled = output.inputs.first().copied()?;
                let node = self.node(pooled);
                let clipped = node.inputs.first().copied().filter(|_| matches!(node.op, Op::Relu));
                Some(pooled).filter(maps).or_else(|| clipped.filter(maps))
            }
            _ => None,
        }
    }

    /// Name of the head's node, whose weights CAM reads.
    pub fn head(&self) -> Option<&str> {
        self.head_node().map(|head| self.node(head).name.as_str())
    }

    /// The same layers with a head for another number of classes; `None` without a head.
    pub fn with_classes(&self, classes: usize) -> Option<Self> {
        let head = self.head_node()?;
        let mut graph = self.clone();
        match &mut graph.nodes[head.0].op {
            Op::Linear { output, .. } | Op::Conv { output, .. } => *output = classes,
            _ => return None,
        }
        Some(graph)
    }

    /// True if the network itself computes class maps: [`Head::Affine`].
    pub fn has_class_maps(&self) -> bool {
        let output = self.node(self.output);
        self.head_node()
            .is_some_and(|head| matches!(output.op, Op::GlobalAvgPool) && output.inputs.contains(&head))
    }

    /// Number of classes if the output is class scores, `None` for a prefix that ends before them.
    pub fn classes(&self) -> Option<usize> {
        let output = self.node(self.output);
        match (self.head_node(), &output.op, &output.inputs[..]) {
            (Some(head), ..) => Some(self.channels(head)),
            // The tail after an affine head's class maps.
            (None, Op::GlobalAvgPool, [maps]) if matches!(self.node(*maps).op, Op::Input { .. }) => {
                Some(self.channels(*maps))
            }
            _ => None,
        }
    }

    /// True if the class scores are means over all positions of a linear function of this activation's
    /// channels, so that CAM's weighted sum of them (Zhou et al. 2016, equation 2) is exact there.
    pub fn feeds_global_pool(&self, node: NodeId) -> bool {
        let Some(head) = self.head_node() else { return false };
        let inputs = &self.node(head).inputs;
        match self.has_class_maps() {
            true => inputs.contains(&node),
            false => inputs.iter().any(|&pool| {
                matches!(self.node(pool).op, Op::GlobalAvgPool) && self.node(pool).inputs.contains(&node)
            }),
        }
    }

    /// Shortest name of the layer for which [`Graph::feeds_global_pool`] is true: `layer4` rather than
    /// `layer4.2.relu`.
    pub fn last_feature(&self) -> Option<&str> {
        let feeding = self.taps().iter().filter(|tap| self.feeds_global_pool(tap.node));
        feeding.map(|tap| tap.name.as_str()).min_by_key(|name| name.len())
    }

    /// The last features: the activation that the head reads. `None` if the graph neither pools nor flattens.
    pub fn last_features(&self) -> Option<NodeId> {
        let pools = |id: &NodeId| matches!(self.node(*id).op, Op::GlobalAvgPool | Op::Flatten { .. });
        let pool = self.ids().find(pools)?;
        let before = self.node(pool).inputs.first().copied()?;
        match self.head_node() {
            // The pooling behind a head of class maps.
            Some(head) if self.node(self.output).inputs.contains(&before) && head != self.output => {
                self.node(head).inputs.first().copied()
            }
            _ => Some(before),
        }
    }

    /// Returns the same features under another head for the same number of classes. It has the old one's
    /// name; for torchvision's three linear layers (`classifier.0`, `.3`, `.6`) that is `classifier`. A graph
    /// without a head is returned unchanged.
    pub fn with_head(&self, head: Head) -> Self {
        let (Some(features), Some(old), Some(classes)) = (self.last_features(), self.head(), self.classes())
        else {
            return self.clone();
        };
        let flattened = self.nodes.iter().any(|node| matches!(node.op, Op::Flatten { .. }));
        let name = match old.split_once('.') {
            Some((module, _)) if flattened => module.to_owned(),
            _ => old.to_owned(),
        };
        let input = self.channels(features);
        let mut graph = self.prefix(features);
        graph.taps.retain(|tap| tap.name != POOL && tap.name != name);
        let last = graph.output;
        match head {
            Head::GapLinear => {
                let pooled = graph.append(POOL, Op::GlobalAvgPool, last);
                graph.output = graph.append(&name, Op::Linear { input, output: classes }, pooled);
            }
            Head::Affine => {
                let maps = Op::Conv { input, output: classes, window: point(), groups: 1, bias: true };
                let maps = graph.append(&name, maps, last);
                graph.output = graph.append(POOL, Op::GlobalAvgPool, maps);
            }
        }
        graph
    }

    fn append(&mut self, name: &str, op: Op, input: NodeId) -> NodeId {
        let node = NodeId(self.nodes.len());
        self.nodes.push(Node { name: name.to_owned(), op, inputs: vec![input] });
        self.taps.push(Tap { name: name.to_owned(), node });
        node
    }
}

/// torchvision's name of global average pooling.
const POOL: &str = "avgpool";

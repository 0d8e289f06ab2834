//! Units: the channels of all activations, followed through the operations of a graph.

use crate::graph::{Graph, Layer, NodeId, Op};

/// The channels of an activation as units; feature `f` is of unit `units[f / repeat]` (after a flattening, a
/// channel is as many features as the grid had pixels).
#[derive(Debug, Clone)]
pub(super) struct ChannelUnits {
    pub units: Vec<usize>,
    pub repeat: usize,
}

/// The units of a graph, after union-find: channels that an addition connects are one unit.
pub(super) struct Units {
    parent: Vec<usize>,
    fixed: Vec<bool>,
    /// Units of every node's output.
    pub of_node: Vec<ChannelUnits>,
}

impl Units {
    pub fn of(graph: &Graph) -> Self {
        let count = graph.nodes().len();
        let mut units = Self { parent: Vec::new(), fixed: Vec::new(), of_node: Vec::with_capacity(count) };
        for id in graph.ids() {
            let channels = units.output(graph, id);
            units.of_node.push(channels);
        }
        let output = units.of_node[graph.output().0].clone();
        units.fix(&output);
        units
    }

    /// Representative of a unit.
    pub fn root(&self, unit: usize) -> usize {
        let mut root = unit;
        while self.parent[root] != root {
            root = self.parent[root];
        }
        root
    }

    /// True if a unit (a representative) may not move: of the input, the output or a grouped convolution.
    pub fn is_fixed(&self, root: usize) -> bool {
        self.fixed[root]
    }

    fn output(&mut self, graph: &Graph, id: NodeId) -> ChannelUnits {
        let node = graph.node(id);
        let of = |units: &Self, place: usize| match node.inputs.get(place) {
            Some(input) => units.of_node[input.0].clone(),
            None => ChannelUnits { units: Vec::new(), repeat: 1 },
        };
        match &node.op {
            Op::Input { channels } => {
                let channels = self.fresh(*channels);
                self.fix(&channels);
                channels
            }
            // The filters may be stored in any order.
            Op::Conv { output, groups: 1, .. } | Op::Linear { output, .. } => self.fresh(*output),
            // Depthwise: the output has the input's units.
            Op::Conv { input, output, groups, .. } if groups == input && output == input => of(self, 0),
            // Grouped: units could move within their group or with it; they are kept fixed.
            Op::Conv { output, .. } => {
                let (read, made) = (of(self, 0), self.fresh(*output));
                self.fix(&read);
                self.fix(&made);
                made
            }
            Op::BatchNorm { .. }
            | Op::Relu
            | Op::Function(_)
            | Op::MaxPool(_)
            | Op::AvgPool { .. }
            | Op::GlobalAvgPool => of(self, 0),
            Op::Layer(layer) => {
                let inputs: Vec<ChannelUnits> =
                    node.inputs.iter().map(|input| self.of_node[input.0].clone()).collect();
                self.through(layer, &inputs)
            }
            Op::Flatten { height, width } => {
                let read = of(self, 0);
                ChannelUnits { repeat: read.repeat * height * width, ..read }
            }
            Op::Add => {
                let (left, right) = (of(self, 0), of(self, 1));
                if left.repeat == right.repeat {
                    left.units.iter().zip(&right.units).for_each(|(a, b)| self.unite(*a, *b));
                } else {
                    self.fix(&left);
                    self.fix(&right);
                }
                left
            }
            // The old channels are the middle ones. The new ones are all 0 and interchangeable: their own
            // units, not connected to the old ones, so that the narrow stream's permutation acts within the
            // wide one's.
            Op::OptionA { input, output } => {
                let (read, before) = (of(self, 0), output.saturating_sub(*input) / 2);
                let mut channels = self.fresh(*output);
                for (place, unit) in read.units.iter().enumerate().take(output - before) {
                    channels.units[before + place] = *unit;
                }
                ChannelUnits { repeat: read.repeat, ..channels }
            }
        }
    }

    /// Units of a layer's output, from those of its inputs.
    fn through(&mut self, layer: &Layer, inputs: &[ChannelUnits]) -> ChannelUnits {
        let counts: Vec<usize> = inputs.iter().map(|input| input.units.len()).collect();
        let sources =
            layer.function().sources(&counts).filter(|_| inputs.iter().all(|input| input.repeat == 1));
        let Some(sources) = sources else {
            inputs.iter().for_each(|input| self.fix(input));
            let features: Vec<usize> = inputs.iter().map(|input| input.units.len() * input.repeat).collect();
            let made = self.fresh(layer.function().channels(&features));
            self.fix(&made);
            return made;
        };
        let mut units = Vec::with_capacity(sources.len());
        for of_channel in sources {
            let mut own =
                of_channel.iter().filter_map(|(input, channel)| inputs[*input].units.get(*channel).copied());
            let Some(first) = own.next() else {
                units.extend(self.fresh(1).units);
                continue;
            };
            own.collect::<Vec<_>>().into_iter().for_each(|other| self.unite(first, other));
            units.push(first);
        }
        ChannelUnits { units, repeat: 1 }
    }

    fn fresh(&mut self, count: usize) -> ChannelUnits {
        let first = self.parent.len();
        self.parent.extend(first..first + count);
        self.fixed.resize(first + count, false);
        ChannelUnits { units: (first..first + count).collect(), repeat: 1 }
    }

    fn fix(&mut self, channels: &ChannelUnits) {
        for unit in &channels.units {
            let root = self.root(*unit);
            self.fixed[root] = true;
        }
    }

    fn unite(&mut self, a: usize, b: usize) {
        // The older one becomes the root, so that units are numbered in the order of the data flow.
        let (a, b) = (self.root(a), self.root(b));
        let (leader, other) = (a.min(b), a.max(b));
        self.parent[other] = leader;
        self.fixed[leader] |= self.fixed[other];
    }
}

use std::collections::BTreeMap;

use super::units::{ChannelUnits, Units};
use crate::graph::{Graph, NodeId, Op, ParameterKind};

/// The permutations of channels that leave a network's function unchanged, derived from its graph.
///
/// A convolution's filters may be stored in any order if everything that reads its channels follows: its
/// batch norm, the next layers' input channels and, through an addition, every other layer of the same
/// residual stream. Channels that must move together are one *unit*; units that occur in the same activations
/// form a *group*, any permutation of which is such a symmetry. The network's input and output are fixed.
///
/// The shortcut of CIFAR ResNets (option A) puts a narrow stream's channels in the middle of a wide stream's,
/// with zeros around them. So the wide stream has two groups: the old channels, which move with the narrow
/// stream, and the new ones, which move among themselves. This is exact: a permutation that mixed both would
/// put zeros where the shortcut adds values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symmetry {
    /// Number of units of every group.
    pub groups: Vec<usize>,
    /// Axes of the parameters along which the groups' units lie, in the order of [`Graph::parameters`].
    pub axes: Vec<UnitAxis>,
    /// For every group the activations with its units, and the channel of every unit there.
    pub places: Vec<Vec<(NodeId, Vec<usize>)>>,
}

/// A dimension of a parameter along which units lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitAxis {
    /// Index into [`Graph::parameters`].
    pub parameter: usize,
    /// 0, or 1 for the input channels of a weight.
    pub dimension: usize,
    /// Adjacent elements that belong to one channel: more than 1 after a flattening.
    pub repeat: usize,
    /// The groups along this axis.
    pub parts: Vec<AxisGroup>,
}

/// A group along an axis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AxisGroup {
    /// Index into [`Symmetry::groups`].
    pub group: usize,
    /// Channel of every unit of the group.
    pub channels: Vec<usize>,
}

impl Symmetry {
    /// Derives the symmetry of a graph.
    pub fn of(graph: &Graph) -> Self {
        let units = Units::of(graph);
        let (groups, member) = grouped(graph, &units);
        let mut axes = Vec::new();
        for (parameter, spec) in graph.parameters().iter().enumerate() {
            let node = graph.node(spec.node);
            let made = &units.of_node[spec.node.0];
            let read = node.inputs.first().map(|input| &units.of_node[input.0]);
            let dense = !matches!(node.op, Op::Conv { groups, .. } if groups > 1);
            let weight = matches!(spec.kind, ParameterKind::ConvWeight | ParameterKind::LinearWeight);
            let read = read.filter(|_| weight && dense);
            for (dimension, channels) in [Some(made), read].into_iter().enumerate() {
                // A parameter of one number belongs to all channels.
                let fits = |channels: &&ChannelUnits| {
                    spec.shape.get(dimension) == Some(&(channels.units.len() * channels.repeat))
                };
                let Some(channels) = channels.filter(fits) else { continue };
                let parts = parts(channels, &units, &member, &groups);
                if !parts.is_empty() {
                    axes.push(UnitAxis { parameter, dimension, repeat: channels.repeat, parts });
                }
            }
        }
        let mut places = vec![Vec::new(); groups.len()];
        for id in graph.ids() {
            let channels = &units.of_node[id.0];
            // After a flattening, a unit is several features.
            if channels.repeat == 1 {
                for part in parts(channels, &units, &member, &groups) {
                    places[part.group].push((id, part.channels));
                }
            }
        }
        Self { groups, axes, places }
    }
}

/// Sizes of the groups, and group and place of every unit that may move (by its representative).
fn grouped(graph: &Graph, units: &Units) -> (Vec<usize>, BTreeMap<usize, (usize, usize)>) {
    let mut occurrences: BTreeMap<usize, Vec<NodeId>> = BTreeMap::new();
    for id in graph.ids() {
        for unit in &units.of_node[id.0].units {
            occurrences.entry(units.root(*unit)).or_default().push(id);
        }
    }
    // If a unit occurs twice in one activation, its two channels could not be matched to those of another
    // unit.
    let movable = |root: usize, nodes: &[NodeId]| {
        !units.is_fixed(root) && nodes.windows(2).all(|pair| pair[0] != pair[1])
    };
    // Units of the same activations, in the order in which they first occur.
    let mut groups: Vec<(Vec<NodeId>, Vec<usize>)> = Vec::new();
    for (root, nodes) in occurrences.into_iter().filter(|(root, nodes)| movable(*root, nodes)) {
        match groups.iter_mut().find(|(known, _)| *known == nodes) {
            Some((_, members)) => members.push(root),
            None => groups.push((nodes, vec![root])),
        }
    }
    groups.retain(|(_, members)| members.len() > 1);
    let mut member = BTreeMap::new();
    for (group, (_, roots)) in groups.iter().enumerate() {
        member.extend(roots.iter().enumerate().map(|(place, root)| (*root, (group, place))));
    }
    (groups.into_iter().map(|(_, members)| members.len()).collect(), member)
}

/// The groups among some channels. A group is present with all its units, or not at all.
fn parts(
    channels: &ChannelUnits,
    units: &Units,
    member: &BTreeMap<usize, (usize, usize)>,
    groups: &[usize],
) -> Vec<AxisGroup> {
    let mut parts: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (channel, unit) in channels.units.iter().enumerate() {
        if let Some((group, place)) = member.get(&units.root(*unit)) {
            parts.entry(*group).or_insert_with(|| vec![0; groups[*group]])[*place] = channel;
        }
    }
    parts.into_iter().map(|(group, channels)| AxisGroup { group, channels }).collect()
}

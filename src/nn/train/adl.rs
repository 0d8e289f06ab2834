use rand::RngExt as _;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::TrainError;
use crate::graph::{Graph, NodeId, Op, Pooling};
use crate::ops::Attention;
use camlab_base::random::stream;
use camlab_base::registry::closest;

/// Options of `adl`; the defaults are the paper's for ResNet-50 (and wsolevaluation's).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct AdlOptions {
    /// Activations after which the layers are inserted, by the names that `camlab list layers` shows. Left
    /// out: after the last features and after the last activations on each of the two finer grids before them
    /// (`layer2`, `layer3` and `layer4` of a ResNet).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub layers: Vec<String>,
    /// Probability that a layer applies the drop mask instead of the importance map, 0 to 1.
    pub drop_rate: f64,
    /// Threshold of the drop mask: the share of the attention's largest value in the image, 0 to 1.
    pub drop_threshold: f64,
}

impl Default for AdlOptions {
    fn default() -> Self {
        Self { layers: Vec::new(), drop_rate: 0.75, drop_threshold: 0.8 }
    }
}

/// Number of grids that the default covers.
const GRIDS: usize = 3;

impl AdlOptions {
    pub(super) fn check(&self) -> Result<(), TrainError> {
        for (option, value) in
            [("method.adl.drop-rate", self.drop_rate), ("method.adl.drop-threshold", self.drop_threshold)]
        {
            if !(0.0..=1.0).contains(&value) {
                return Err(TrainError::Option { option, value, range: "0 to 1" });
            }
        }
        Ok(())
    }

    /// The nodes after which the layers are inserted, in the order of the data flow.
    ///
    /// # Errors
    /// [`TrainError::Layer`] for a name that the network does not have, or an activation without a grid.
    pub fn nodes(&self, graph: &Graph) -> Result<Vec<NodeId>, TrainError> {
        if self.layers.is_empty() {
            return Ok(ends_of_grids(graph));
        }
        let place = |(index, layer): (usize, &String)| {
            let refused = |reason: String| TrainError::Layer { index, reason };
            let node = graph.tap(layer).map_err(|_| {
                let known = graph.taps().iter().map(|tap| tap.name.as_str());
                let hint = match closest(layer, known) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "`camlab list layers FILE` shows all".into(),
                };
                refused(format!("no layer has the name `{layer}`; {hint}"))
            })?;
            match stride(graph, node) {
                Some(_) if node != NodeId(0) => Ok(node),
                _ => {
                    Err(refused(format!("`{layer}` has no spatial grid; use the output of a stage or block")))
                }
            }
        };
        let mut nodes = self.layers.iter().enumerate().map(place).collect::<Result<Vec<_>, _>>()?;
        nodes.sort();
        nodes.dedup();
        Ok(nodes)
    }

    /// Map that a layer applies in a step: one draw for the whole batch, by the layer's name and the step's
    /// number.
    pub(super) fn attention(&self, seed: u64, step: u64, layer: &str) -> Attention {
        let drops = stream(seed, &format!("adl/{step}/{layer}")).random::<f64>() < self.drop_rate;
        match drops {
            true => Attention::Drop(self.drop_threshold as f32),
            false => Attention::Importance,
        }
    }
}

/// The last activations on each of the last grids, of those that all data flows through.
fn ends_of_grids(graph: &Graph) -> Vec<NodeId> {
    let Some(last) = graph.last_features() else { return Vec::new() };
    let mut found: Vec<([usize; 2], NodeId)> = Vec::new();
    for id in graph.ids().rev().filter(|id| *id <= last && *id != NodeId(0)) {
        let Some(stride) = stride(graph, id) else { continue };
        if found.len() < GRIDS && found.iter().all(|(known, _)| *known != stride) && graph.tail(id).is_ok() {
            found.push((stride, id));
        }
    }
    let mut nodes: Vec<NodeId> = found.into_iter().map(|(_, node)| node).collect();
    nodes.sort();
    nodes
}

/// Distance in image pixels between two positions of an activation; `None` for one without a grid.
fn stride(graph: &Graph, id: NodeId) -> Option<[usize; 2]> {
    let node = graph.node(id);
    let before = || node.inputs.first().and_then(|input| stride(graph, *input));
    match &node.op {
        Op::Input { .. } => Some([1; 2]),
        Op::Conv { window, .. }
        | Op::MaxPool(Pooling { window, .. })
        | Op::AvgPool { pooling: Pooling { window, .. }, .. } => {
            let [down, across] = before()?;
            Some([down * window.stride[0], across * window.stride[1]])
        }
        Op::OptionA { .. } => before().map(|stride| stride.map(|stride| 2 * stride)),
        Op::BatchNorm { .. } | Op::Relu | Op::Function(_) | Op::Add => before(),
        // Sizes change in ways that have no stride.
        Op::Layer(layer) if layer.keeps_grid() => before(),
        Op::Layer(_) | Op::GlobalAvgPool | Op::Flatten { .. } | Op::Linear { .. } => None,
    }
}

use rand_chacha::ChaCha8Rng;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::TrainError;
use crate::graph::{Graph, NodeId};
use camlab_base::random::stream;
use camlab_base::registry::closest;

/// Options of dropout layers (Srivastava et al. 2014), which act in training only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DropoutOptions {
    /// Probability that a number is set to 0, from 0 to less than 1.
    pub rate: f64,
    /// Activations after which a layer is inserted, by the names that `camlab list layers` shows. Left out: before the head.
    /// torchvision's VGG has two, `["classifier.1", "classifier.4"]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub layers: Vec<String>,
}

impl DropoutOptions {
    pub(super) fn check(&self) -> Result<(), TrainError> {
        match (0.0..1.0).contains(&self.rate) {
            true => Ok(()),
            false => Err(TrainError::Option {
                option: "dropout.rate",
                value: self.rate,
                range: "0 to less than 1",
            }),
        }
    }

    /// The nodes after which layers are inserted, in the order of the data flow.
    ///
    /// # Errors
    /// [`TrainError::DropoutLayer`] for a name that the network does not have, and without names for a network without a
    /// head.
    pub fn nodes(&self, graph: &Graph) -> Result<Vec<NodeId>, TrainError> {
        if self.layers.is_empty() {
            let before = graph.head_node().and_then(|head| graph.node(head).inputs.first().copied());
            let reason = "the network has no head; name layers".to_owned();
            return before.map(|node| vec![node]).ok_or(TrainError::DropoutLayer { index: None, reason });
        }
        let place = |(index, layer): (usize, &String)| {
            graph.tap(layer).map_err(|_| {
                let known = graph.taps().iter().map(|tap| tap.name.as_str());
                let hint = match closest(layer, known) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "`camlab list layers FILE` shows all".into(),
                };
                let reason = format!("no layer has the name `{layer}`; {hint}");
                TrainError::DropoutLayer { index: Some(index), reason }
            })
        };
        let mut nodes = self.layers.iter().enumerate().map(place).collect::<Result<Vec<_>, _>>()?;
        nodes.sort();
        nodes.dedup();
        Ok(nodes)
    }

    /// Draws of a layer in a step.
    pub(super) fn draws(seed: u64, step: u64, layer: &str) -> ChaCha8Rng {
        stream(seed, &format!("dropout/{step}/{layer}"))
    }
}

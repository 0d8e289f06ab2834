//! Choice of Score-CAM's masks: one per channel, only the channels of largest variance, or groups of channels.

use std::num::NonZeroUsize;

use schemars::{JsonSchema, Schema, json_schema};
use serde::{Deserialize, Serialize};

use super::Features;
use super::groups::groups;
use super::variances::variances;

/// Masks that Score-CAM makes from a layer's channels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(transform = with_alias)]
pub enum MaskChannels {
    /// One per channel, as published.
    #[default]
    All,
    /// One for each of the given number of channels with the largest variance over the layer's grid; all other
    /// channels get the weight 0.
    Top(NonZeroUsize),
    /// One for each of the given number of groups of channels that are active at the same positions (k-means over the
    /// channels scaled to length 1). A mask is the sum of its group's channels, and all of them get the group's
    /// weight. (`clusters` is an alias.)
    #[serde(alias = "clusters")]
    Groups(NonZeroUsize),
}

/// Adds `clusters`, which the derived schema leaves out.
fn with_alias(schema: &mut Schema) {
    let Some(choices) = schema.get_mut("oneOf").and_then(|choices| choices.as_array_mut()) else { return };
    let groups = choices.iter().find_map(|choice| choice["properties"].get("groups").cloned());
    choices.extend(groups.map(|options| {
        json_schema!({
            "type": "object",
            "description": "Alias of `groups`.",
            "properties": { "clusters": options },
            "required": ["clusters"],
            "additionalProperties": false,
        })
        .to_value()
    }));
}

/// Masks to be made, and the channels that each is made from.
pub(super) struct Chosen {
    /// Sum of each mask's channels, `[height, width, masks]`.
    pub activations: Vec<f32>,
    /// Channels of each mask.
    pub members: Vec<Vec<usize>>,
    /// Number of channels of the layer.
    channels: usize,
}

impl MaskChannels {
    /// Chooses the masks of one layer.
    pub(super) fn choose(self, features: Features<'_>) -> Chosen {
        let channels = features.channels;
        let members = match self {
            Self::All => (0..channels).map(|channel| vec![channel]).collect(),
            Self::Top(count) => top(features, count.get()),
            Self::Groups(count) => groups(features, count.get()),
        };
        let position = |position: &[f32]| -> Vec<f32> {
            members.iter().map(|members| members.iter().map(|channel| position[*channel]).sum()).collect()
        };
        let activations = match self {
            Self::All => features.activations.to_vec(),
            _ => features.activations.chunks_exact(channels).flat_map(position).collect(),
        };
        Chosen { activations, members, channels }
    }
}

impl Chosen {
    /// Channel weights from mask weights; 0 for channels in no mask.
    pub fn spread(&self, weights: &[f32]) -> Vec<f32> {
        let mut all = vec![0.0; self.channels];
        for (members, weight) in self.members.iter().zip(weights) {
            members.iter().for_each(|channel| all[*channel] = *weight);
        }
        all
    }
}

/// The `count` channels of largest variance in channel order, one per group; on a tie the lower index.
fn top(features: Features<'_>, count: usize) -> Vec<Vec<usize>> {
    let variances = variances(features);
    let mut order: Vec<usize> = (0..features.channels).collect();
    order.sort_by(|a, b| variances[*b].total_cmp(&variances[*a]));
    order.truncate(count);
    order.sort_unstable();
    order.into_iter().map(|channel| vec![channel]).collect()
}

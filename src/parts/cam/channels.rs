//! Fewer masks than channels: the most varied channels alone, or channels in groups.

use std::num::NonZeroUsize;

use serde::{Deserialize, Serialize};

use super::Features;
use super::groups::groups;

/// Which masks Score-CAM makes of a layer's channels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MaskChannels {
    /// One per channel, as published.
    #[default]
    All,
    /// One for each of this many channels, those that vary most over the layer's grid; the others' weights are 0.
    Top(NonZeroUsize),
    /// One for each of this many groups of channels that are active at the same places (k-means of the channels, each
    /// of length 1), the sum of its channels; all of them get the group's weight. (`clusters` is another name for it.)
    #[serde(alias = "clusters")]
    Groups(NonZeroUsize),
}

/// Masks to be made: what each is made of.
pub(super) struct Chosen {
    /// `[height, width, masks]`.
    pub activations: Vec<f32>,
    /// The channels behind each mask.
    pub members: Vec<Vec<usize>>,
    /// Channels of the layer.
    channels: usize,
}

impl MaskChannels {
    /// The masks of one layer.
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
    /// The masks' weights as the channels'.
    pub fn spread(&self, weights: &[f32]) -> Vec<f32> {
        let mut all = vec![0.0; self.channels];
        for (members, weight) in self.members.iter().zip(weights) {
            members.iter().for_each(|channel| all[*channel] = *weight);
        }
        all
    }
}

/// The channels of the largest variance, the lower one on a tie, in their order.
fn top(features: Features<'_>, count: usize) -> Vec<Vec<usize>> {
    let variances = variances(features);
    let mut order: Vec<usize> = (0..features.channels).collect();
    order.sort_by(|a, b| variances[*b].total_cmp(&variances[*a]));
    order.truncate(count);
    order.sort_unstable();
    order.into_iter().map(|channel| vec![channel]).collect()
}

/// Every channel's variance over the grid, times the number of positions.
pub(super) fn variances(features: Features<'_>) -> Vec<f64> {
    let means = super::weigh::channel_means(features.activations, features.channels);
    let mut sums = vec![0.0f64; features.channels];
    for position in features.activations.chunks_exact(features.channels) {
        for ((sum, value), mean) in sums.iter_mut().zip(position).zip(&means) {
            *sum += f64::from(value - mean).powi(2);
        }
    }
    sums
}

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{JoinScaling, MapOptions, Refine, Target};
use camlab_parts::cam::{CamSpec, Combine};

/// `[[maps]]`: a group of CAM methods and layers; every method runs at every layer. The other options apply to every
/// method of the group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Maps {
    /// Name of the group for `--set` and `[sweep]`: `maps.deep.layers`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// CAM methods, by name or with options.
    pub methods: Vec<CamSpec>,
    /// Layers of the backbone, named as PyTorch modules: `layer4`, `layer3.5`.
    pub layers: Vec<String>,
    /// Combine the layers into one map instead of one map per layer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub combine: Option<Combine>,
    /// The networks whose maps the group makes, by their names under `[[init]]` and `[[fusion]]`; all if left out, none
    /// for an empty list. For methods that are too slow for every network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub networks: Option<Vec<String>>,
    /// The seeds with which the group makes maps, some of the experiment's; all if left out. For methods that are too slow
    /// for every seed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seeds: Option<Vec<u64>>,
    /// The group's target class, instead of the experiment's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Target>,
    /// Correct the image first by gradient ascent on the target's logit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refine: Option<Refine>,
    /// Average the maps of six versions of the image: unchanged and flipped, each at 0.9, 1 and 1.1 times its
    /// brightness (pytorch-grad-cam's `aug_smooth`).
    #[serde(default)]
    pub aug_smooth: bool,
    /// Use the first principal component of weights times activations instead of their sum, negative values set to 0
    /// (pytorch-grad-cam's `eigen_smooth`). Only for methods that are such a sum.
    #[serde(default)]
    pub eigen_smooth: bool,
    /// Set negative values to 0 in the maps of every method, also of those that keep them.
    #[serde(default)]
    pub relu: bool,
    /// Scaling of maps before they are combined over layers, augmented images or classes.
    #[serde(default)]
    pub normalise: JoinScaling,
}

impl Maps {
    /// `true` if the group makes maps of a network.
    pub fn is_of(&self, network: &str) -> bool {
        self.networks.as_ref().is_none_or(|networks| networks.iter().any(|name| name == network))
    }

    /// `true` if the group makes maps with a seed.
    pub fn is_with(&self, seed: u64) -> bool {
        self.seeds.as_ref().is_none_or(|seeds| seeds.contains(&seed))
    }

    /// The map options of a method of the group, with the experiment's target if the group has none.
    pub fn look(&self, method: &CamSpec, experiment: &Target) -> MapOptions {
        MapOptions {
            target: self.target.clone().unwrap_or_else(|| experiment.clone()),
            refine: self.refine,
            aug_smooth: self.aug_smooth,
            eigen_smooth: self.eigen_smooth,
            relu: self.relu,
            combine: method.cam().and_then(|cam| cam.joins()).or(self.combine),
            normalise: self.normalise,
        }
    }

    /// The layers of each map of a method: all together if they are combined, else one by one.
    pub fn layers_of(&self, look: &MapOptions) -> Vec<Vec<String>> {
        match look.combine {
            Some(_) => vec![self.layers.clone()],
            None => self.layers.iter().map(|layer| vec![layer.clone()]).collect(),
        }
    }
}

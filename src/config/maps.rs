use serde::{Deserialize, Serialize};

use super::{JoinScaling, MapOptions, Refine, Target};
use camlab_parts::cam::{CamSpec, Combine};

/// `[[maps]]`: a group of CAM methods at a group of layers; every method runs at every layer. Its other options hold
/// for every method of the group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Maps {
    /// So that `--set` and `[sweep]` can name the group: `maps.deep.layers`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// CAM methods, by name or with options.
    pub methods: Vec<CamSpec>,
    /// Layers of the backbone, as PyTorch's hooks name them: `layer4`, `layer3.5`.
    pub layers: Vec<String>,
    /// Join the layers into one map instead of one map each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub combine: Option<Combine>,
    /// The class that the group's maps are made for, in place of the experiment's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Target>,
    /// Correct the image first, so that the target's score grows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refine: Option<Refine>,
    /// The mean of the maps of six versions of the image, turned back: as it is and mirrored, each at 0.9, 1 and 1.1
    /// times its brightness (pytorch-grad-cam's `aug_smooth`).
    #[serde(default)]
    pub aug_smooth: bool,
    /// The first principal component of weights times activations in place of their sum (pytorch-grad-cam's
    /// `eigen_smooth`), its negative values cut off. For methods that are such a sum.
    #[serde(default)]
    pub eigen_smooth: bool,
    /// Cut negative values off the maps of every method, also of those that keep them.
    #[serde(default)]
    pub relu: bool,
    /// How maps are scaled before they are joined: over layers, augmented images, classes.
    #[serde(default)]
    pub normalise: JoinScaling,
}

impl Maps {
    /// How a method of the group looks, with the experiment's target where the group has none.
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

    /// The layers that each map of a method is made of.
    pub fn layers_of(&self, look: &MapOptions) -> Vec<Vec<String>> {
        match look.combine {
            Some(_) => vec![self.layers.clone()],
            None => self.layers.iter().map(|layer| vec![layer.clone()]).collect(),
        }
    }
}

use serde::{Deserialize, Serialize};

use crate::parts::cam::CamSpec;

/// `[[maps]]`: a group of CAM methods at a group of layers; every method runs at every layer.
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
}

/// How maps of several layers become one: each is scaled to [0, 1] at the input's size first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Combine {
    /// The mean, as pytorch-grad-cam does.
    Mean,
    /// The pixel-wise maximum, as torchcam's `fuse_cams` does.
    Max,
}

/// The class a map is made for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// The image's own label: GT-known localisation.
    #[default]
    Label,
    /// The class the network finds most probable.
    Predicted,
    /// One class for every image, by name.
    Class(String),
}

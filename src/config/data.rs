use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use camlab_data::{Augment, DatasetSpec, InputSpec, Loading, OnBadImage};

/// `[data]`: the photographs, and how they become the network's input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Data {
    /// What networks are trained on; needed only when one is trained.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub train: Option<DatasetSpec>,
    /// What maps are made of and judged on.
    pub test: DatasetSpec,
    /// Size and normalisation of the network's input.
    pub input: InputSpec,
    /// What to do with an image that cannot be used as it is.
    #[serde(default)]
    pub on_bad_image: OnBadImage,
    /// Random changes to training images.
    #[serde(default)]
    pub augment: Augment,
    /// The same for some stages of the training, by their names, in place of `augment`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub stage_augment: BTreeMap<String, Augment>,
    /// Only some of the test images, chosen at random.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<Sample>,
    /// Whether anything but the evaluation may know the test images' labels.
    #[serde(default)]
    pub labels: Labels,
    /// Test images per forward pass.
    #[serde(default = "default_batch")]
    pub batch: usize,
}

impl Data {
    /// How the test images become batches: `batch` at a time, bad ones treated as the file says.
    pub fn loading(&self) -> Loading {
        Loading { on_bad_image: self.on_bad_image, ..Loading::new(self.input.clone(), self.batch) }
    }
}

fn default_batch() -> usize {
    16
}

/// A random sample of the test images, without replacement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Sample {
    /// How many.
    pub count: usize,
    /// Of the sample alone, so that every seed of the experiment judges the same images.
    #[serde(default)]
    pub seed: u64,
}

/// What is known of the test images' labels while maps are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Labels {
    /// Maps may be made of each image's own class.
    #[default]
    Known,
    /// They reach neither training nor the choice of the class a map is made for; the evaluation alone uses them.
    Unknown,
}

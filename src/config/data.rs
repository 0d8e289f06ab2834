use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use camlab_data::{Augment, DatasetSpec, InputSpec, OnBadImage};

/// `[data]`: data sets and preprocessing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Data {
    /// Training images; needed only if a network is trained.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub train: Option<DatasetSpec>,
    /// Test images: maps are computed for them and evaluated on them.
    pub test: DatasetSpec,
    /// Size and normalisation of the network's input.
    pub input: InputSpec,
    /// Treatment of unreadable images.
    #[serde(default)]
    pub on_bad_image: OnBadImage,
    /// Augmentation of training images.
    #[serde(default)]
    pub augment: Augment,
    /// Augmentation of individual training stages by name, instead of `augment`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub stage_augment: BTreeMap<String, Augment>,
    /// Random sample of the test images; absent: all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<Sample>,
    /// Visibility of the test images' labels outside the evaluation.
    #[serde(default)]
    pub labels: Labels,
    /// Test images per forward pass.
    #[serde(default = "default_batch")]
    pub batch: usize,
}

fn default_batch() -> usize {
    16
}

/// A random sample of the test images, without replacement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Sample {
    /// Number of images.
    pub count: usize,
    /// Seed of the sample only, so that every seed of the experiment is evaluated on the same images.
    #[serde(default)]
    pub seed: u64,
}

/// Visibility of the test images' labels outside the evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Labels {
    /// Maps may be made for each image's true class.
    #[default]
    Known,
    /// Only the evaluation uses the labels: neither training nor the choice of target classes does.
    Unknown,
}

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use camlab_data::{Augment, InputSpec, Loading, OnBadImage};
use camlab_parts::training::TrainingSpec;

/// The training images of a stage and their preprocessing; the data set itself is the input `data`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct TrainingSet {
    /// Size and normalisation of the network's input.
    pub input: InputSpec,
    /// Treatment of unreadable images.
    pub on_bad_image: OnBadImage,
    /// Augmentation.
    pub augment: Augment,
    /// Augmentation of individual training stages by name, instead of `augment`.
    pub stage_augment: BTreeMap<String, Augment>,
    /// Seed of the split into training and held-out images: the same for all networks of a cell.
    pub split_seed: u64,
}

impl TrainingSet {
    /// The same without augmentations of stages that a training does not have.
    #[must_use]
    pub fn of_stages(mut self, training: &TrainingSpec) -> Self {
        self.stage_augment.retain(|name, _| training.stage.iter().any(|stage| stage.name == *name));
        self
    }

    /// Loading options for batches of `batch` images, not augmented.
    pub fn loading(&self, batch: usize) -> Loading {
        Loading { on_bad_image: self.on_bad_image, ..Loading::new(self.input.clone(), batch) }
    }
}

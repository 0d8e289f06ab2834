use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Data;
use camlab_data::{ClassSample, DatasetSpec, PartSide};
use camlab_parts::localiser::{HeadTraining, LocaliserSpec};

/// `[[supervised]]`: the few-shot supervised localiser (FSL) of wsolevaluation (Choe et al. 2020), a baseline. A head on a
/// layer of a network with fixed parameters is trained with the boxes or masks of a few images. Its maps are evaluated,
/// compared and claimed about like those of any method.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Supervised {
    /// Name of the method in tables.
    pub name: String,
    /// The network whose activations the head reads: an initialisation, or a fusion into one network. Default: the first
    /// initialisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
    /// The layer.
    pub layer: String,
    /// The head: `"mask"` or `"box"`.
    #[serde(default)]
    pub head: LocaliserSpec,
    /// Images with boxes or masks that train the head. Default: `data.val`, whose other images then choose the thresholds
    /// of the head's maps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub train: Option<DatasetSpec>,
    /// Number of images of each class that train the head, drawn at random. Default: all images of `train`; required
    /// without `train`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_class: Option<usize>,
    /// Seed of the draw only, so that every seed of the experiment trains with the same images.
    #[serde(default)]
    pub seed: u64,
    /// Number of steps.
    #[serde(default = "HeadTraining::default_steps")]
    pub steps: usize,
    /// Images per step.
    #[serde(default = "HeadTraining::default_batch")]
    pub batch: usize,
    /// Learning rate of the first step; it falls to 0 by half a cosine. Activations are standardised, so that it does not
    /// depend on the network.
    #[serde(default = "HeadTraining::default_lr")]
    pub lr: f64,
    /// Momentum (Nesterov's).
    #[serde(default = "HeadTraining::default_momentum")]
    pub momentum: f64,
    /// L2 penalty on the weights, not on the biases.
    #[serde(default = "HeadTraining::default_weight_decay")]
    pub weight_decay: f64,
}

/// The data sets of a `[[supervised]]`; no image is in both.
#[derive(Debug, Clone, PartialEq)]
pub struct SupervisedSets {
    /// Images that train the head.
    pub train: DatasetSpec,
    /// Images that choose the thresholds of its maps; `None` without validation images.
    pub choosing: Option<DatasetSpec>,
}

impl Supervised {
    /// Options of the head's training.
    pub fn training(&self) -> HeadTraining {
        HeadTraining {
            steps: self.steps,
            batch: self.batch,
            lr: self.lr,
            momentum: self.momentum,
            weight_decay: self.weight_decay,
        }
    }

    /// Key of the data set that the training images are drawn from.
    pub fn source(&self) -> &'static str {
        if self.train.is_some() { "train" } else { "data.val" }
    }

    /// The network whose activations the head reads, of those of the experiment; `None` if it has none.
    pub fn network_of<'a>(&'a self, networks: &[&'a str]) -> Option<&'a str> {
        self.network.as_deref().or_else(|| networks.first().copied())
    }

    /// The data sets. Parts of splits must be resolved, see [`Data::resolve`]. `None` without images to train with.
    pub fn sets(&self, data: &Data) -> Option<SupervisedSets> {
        let val = data.validation();
        let drawn = |of: &DatasetSpec, side| match self.per_class {
            Some(images) => DatasetSpec::ClassSample(ClassSample {
                of: Box::new(of.clone()),
                images,
                seed: self.seed,
                side,
            }),
            None => of.clone(),
        };
        Some(match &self.train {
            Some(own) => SupervisedSets { train: drawn(own, PartSide::HeldOut), choosing: val.cloned() },
            None => SupervisedSets {
                train: drawn(val?, PartSide::HeldOut),
                choosing: Some(drawn(val?, PartSide::Rest)).filter(|_| self.per_class.is_some()),
            },
        })
    }
}

use serde::{Deserialize, Serialize};

use super::FusionError;
use super::weights;
use crate::init::{InitSpec, KaimingOptions};
use camlab_nn::train::{StageOptions, TrainingOptions};

/// Options of `distill`: a student is trained to answer as the members do together (Hinton et al. 2015).
///
/// The loss is `(1 - weight) CE(label) + weight T^2 CE(teacher at T)`, the teacher's probabilities being the softmax of
/// the members' mean class scores divided by `T`. Members see every image as the student does, augmented alike.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct DistillOptions {
    /// Where the student's weights come from.
    pub student: InitSpec,
    /// What class scores are divided by, of teacher and student.
    pub temperature: f64,
    /// How much the members' answer counts, 0 to 1; the rest is the label's.
    pub weight: f64,
    /// How much every member counts, in their order; they are divided by their sum. Empty: all alike.
    pub weights: Vec<f64>,
    /// Stages of the student's own training, each with what it inherits from `[training]`. Empty: those of `[training]`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stage: Vec<StageOptions>,
}

impl Default for DistillOptions {
    fn default() -> Self {
        Self {
            student: InitSpec::KaimingNormal(KaimingOptions::default()),
            temperature: 4.0,
            weight: 0.9,
            weights: Vec::new(),
            stage: Vec::new(),
        }
    }
}

impl DistillOptions {
    /// How the student is trained where `[training]` says `training`.
    pub fn training(&self, training: &TrainingOptions) -> TrainingOptions {
        let stage = if self.stage.is_empty() { training.stage.clone() } else { self.stage.clone() };
        TrainingOptions { stage, ..training.clone() }
    }

    /// Every member's share, in sum 1.
    pub fn shares(&self, members: usize) -> Vec<f64> {
        weights::shares(&self.weights, members)
    }

    pub(super) fn check(&self, members: usize) -> Result<(), FusionError> {
        weights::check(&self.weights, members)?;
        let temperature = self.temperature > 0.0 && self.temperature.is_finite();
        if !temperature {
            let range = "a positive number";
            return Err(FusionError::Option { option: "temperature", value: self.temperature, range });
        }
        if !(0.0..=1.0).contains(&self.weight) {
            return Err(FusionError::Option { option: "weight", value: self.weight, range: "0 to 1" });
        }
        Ok(())
    }
}

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{FusionError, FusionMethod, Recipe, weights};
use crate::init::InitSpec;
use crate::training::{TrainingSpec, TrainingStageSpec};

/// Options of `distill`: a student is trained on the members' averaged class scores (Hinton et al. 2015).
///
/// The loss is `(1 - weight) CE(label) + weight T^2 CE(teacher at T)`, where the teacher's probabilities are the
/// softmax of the members' mean class scores divided by `T`. Members and student see the same augmented images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct DistillOptions {
    /// Initialisation of the student.
    pub student: InitSpec,
    /// Temperature `T` that divides the class scores of teacher and student; positive.
    pub temperature: f64,
    /// Weight of the teacher term of the loss, 0 to 1; the label term has the rest.
    pub weight: f64,
    /// Weight of each member in the teacher, in order; normalised to sum 1. Empty: equal weights.
    pub weights: Vec<f64>,
    /// Training stages of the student; unset options are inherited from `[training]`. Empty: the stages of
    /// `[training]`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stage: Vec<TrainingStageSpec>,
}

impl Default for DistillOptions {
    fn default() -> Self {
        Self {
            student: InitSpec::KaimingNormal(Default::default()),
            temperature: 4.0,
            weight: 0.9,
            weights: Vec::new(),
            stage: Vec::new(),
        }
    }
}

impl DistillOptions {
    /// Training options of the student, given those of `[training]`.
    pub fn training(&self, training: &TrainingSpec) -> TrainingSpec {
        let stage = if self.stage.is_empty() { training.stage.clone() } else { self.stage.clone() };
        TrainingSpec { stage, ..training.clone() }
    }

    /// Normalised weight of each member; they sum to 1.
    pub fn shares(&self, members: usize) -> Vec<f64> {
        weights::shares(&self.weights, members)
    }
}

impl FusionMethod for DistillOptions {
    fn recipe(&self) -> Recipe<'_> {
        Recipe::Distillation(self)
    }

    fn fewest(&self) -> usize {
        1
    }

    fn needs_images(&self) -> bool {
        true
    }

    fn check(&self, members: usize) -> Result<(), FusionError> {
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

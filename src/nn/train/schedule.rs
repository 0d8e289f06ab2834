use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

use super::TrainError;
use camlab_base::registry;

registry! {
    /// Schedule of the learning rate.
    pub enum ScheduleSpec as "schedule" {
        "constant" => Constant(ConstantSchedule), "constant learning rate";
        "cosine" => Cosine(CosineSchedule), "half a cosine from lr to 0, updated every step (Loshchilov & Hutter 2017)";
        "step" => Step(StepSchedule), "learning rate multiplied by `gamma` every `every` epochs";
    }
}

/// `constant` has no options.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConstantSchedule {}

/// `cosine` has no options.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CosineSchedule {}

/// Options of `step`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct StepSchedule {
    /// Epochs between two reductions.
    pub every: usize,
    /// Factor on the learning rate at each reduction.
    pub gamma: f64,
}

impl Default for StepSchedule {
    fn default() -> Self {
        Self { every: 10, gamma: 0.1 }
    }
}

impl ScheduleSpec {
    /// The factor on the learning rate after `done` of `total` steps since the warm-up, `epochs` from the
    /// start.
    pub(super) fn factor(&self, done: f64, total: f64, epochs: f64) -> f64 {
        match self {
            Self::Constant(_) => 1.0,
            Self::Cosine(_) => 0.5 * (1.0 + (PI * (done / total).min(1.0)).cos()),
            Self::Step(StepSchedule { every, gamma }) => gamma.powf((epochs / *every as f64).floor()),
        }
    }

    pub(super) fn check(&self) -> Result<(), TrainError> {
        let Self::Step(StepSchedule { every, gamma }) = self else { return Ok(()) };
        if *every == 0 {
            return Err(TrainError::Option {
                option: "schedule.step.every",
                value: 0.0,
                range: "at least 1",
            });
        }
        if !(*gamma > 0.0 && *gamma <= 1.0) {
            let range = "more than 0, up to 1";
            return Err(TrainError::Option { option: "schedule.step.gamma", value: *gamma, range });
        }
        Ok(())
    }
}

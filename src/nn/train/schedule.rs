use std::f64::consts::PI;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::TrainError;

/// Schedule of the learning rate.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub enum Schedule {
    /// The same learning rate throughout.
    Constant,
    /// Half a cosine from the initial rate to 0, updated every step (Loshchilov & Hutter 2017).
    #[default]
    Cosine,
    /// A factor every so many epochs.
    Step(StepSchedule),
}

/// Options of `step`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
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

impl Schedule {
    /// The factor on the learning rate after `done` of `total` steps since the warm-up, `epochs` from the
    /// start.
    pub(super) fn factor(&self, done: f64, total: f64, epochs: f64) -> f64 {
        match self {
            Self::Constant => 1.0,
            Self::Cosine => 0.5 * (1.0 + (PI * (done / total).min(1.0)).cos()),
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

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use camlab_base::registry;
use camlab_nn::train::{Schedule, StepSchedule};

registry! {
    /// Schedule of the learning rate, as named in TOML.
    pub enum ScheduleSpec as "schedule" {
        "constant" => Constant(ConstantSchedule), "constant learning rate";
        "cosine" => Cosine(CosineSchedule), "half a cosine from lr to 0, updated every step (Loshchilov & Hutter 2017)";
        "step" => Step(StepSchedule), "learning rate multiplied by `gamma` every `every` epochs";
    }
    /// The implementation of this schedule.
    fn implementation -> ScheduleKind;
}

/// A schedule: what one row of the registry does.
pub trait ScheduleKind {
    /// The trainer's schedule.
    fn schedule(&self) -> Schedule;
}

/// `constant` has no options.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConstantSchedule {}

impl ScheduleKind for ConstantSchedule {
    fn schedule(&self) -> Schedule {
        Schedule::Constant
    }
}

/// `cosine` has no options.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CosineSchedule {}

impl ScheduleKind for CosineSchedule {
    fn schedule(&self) -> Schedule {
        Schedule::Cosine
    }
}

impl ScheduleKind for StepSchedule {
    fn schedule(&self) -> Schedule {
        Schedule::Step(*self)
    }
}

impl Default for ScheduleSpec {
    fn default() -> Self {
        Self::Cosine(CosineSchedule {})
    }
}

impl From<&ScheduleSpec> for Schedule {
    fn from(spec: &ScheduleSpec) -> Self {
        spec.implementation().schedule()
    }
}

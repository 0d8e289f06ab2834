//! Parts of `[training]`: optimisers, learning-rate schedules, training methods.

mod method;
mod optimiser;
mod schedule;

use camlab_nn::train::{StageOptions, TrainingOptions};

pub use method::{MethodKind, MethodSpec, PlainOptions};
pub use optimiser::{AdamWOptions, OptimiserKind, OptimiserSpec, SgdOptions};
pub use schedule::{ConstantSchedule, CosineSchedule, ScheduleKind, ScheduleSpec};

/// `[training]` as a file has it; [`TrainingOptions::resolved`] is what the trainer takes.
pub type TrainingSpec = TrainingOptions<OptimiserSpec, ScheduleSpec, MethodSpec>;

/// `[[training.stage]]` as a file has it.
pub type TrainingStageSpec = StageOptions<OptimiserSpec, ScheduleSpec, MethodSpec>;

//! Training a network on class labels: stages, each with a loss, an optimiser and a schedule.

mod adl;
mod average;
mod average_precision;
mod check;
mod clip;
#[cfg(test)]
mod disturb_tests;
mod dropout;
mod error;
mod hide;
mod interval;
mod learner;
mod loss;
mod loss_spec;
mod method;
mod mix;
mod optimiser;
mod options;
mod rows;
mod schedule;
mod state;
mod state_file;
mod targets;
mod trainer;
mod validation;

use super::Network;
use camlab_base::glob;

pub use adl::AdlOptions;
pub use dropout::DropoutOptions;
pub use error::TrainError;
pub use hide::HideAndSeekOptions;
pub use interval::Interval;
pub use learner::{LabelledBatch, Learner, Mixed, StepResult};
pub use loss::SoftTargets;
pub use loss_spec::{Asymmetric, BinaryCrossEntropy, CrossEntropy, LossKind, LossSpec};
pub use method::TrainingMethod;
pub use mix::CutMixOptions;
pub use optimiser::{AdamOptions, Optimiser};
pub use options::{BatchNormMode, NoDecay, StageOptions, TrainingOptions, TrainingStage};
pub use rows::{EpochRow, StepRow};
pub use schedule::{Schedule, StepSchedule};
pub use trainer::{BatchSource, Host, Trained, Trainer};
pub use validation::{HeldOutResult, Keep, ValidationMetric, ValidationOptions, evaluate};

/// Any error of the code that supplies the batches.
pub type DataError = Box<dyn std::error::Error + Send + Sync>;

/// Trains `network` in place, from beginning to end; [`Trainer`] is for runs that may be interrupted.
///
/// `epoch` returns the batches of an epoch (from 0), `steps_per_epoch` of them: the schedule advances with
/// every step. `on_epoch` is called after each epoch. Everything random (order, augmentation) is in `epoch`,
/// so equal batches give bit-identical parameters on any number of threads.
///
/// # Errors
/// [`TrainError`]: options out of range, batches that do not fit the network, or a loss that is not finite.
pub fn train<I>(
    network: &mut Network,
    options: &TrainingOptions,
    steps_per_epoch: usize,
    epoch: impl FnMut(usize) -> I,
    on_epoch: impl FnMut(&EpochRow),
) -> Result<Vec<EpochRow>, TrainError>
where
    I: IntoIterator<Item = Result<LabelledBatch, DataError>>,
    I::IntoIter: 'static,
{
    let trainer = Trainer::new(network, options, steps_per_epoch)?;
    Ok(trainer.run(&mut Closures { epoch, on_epoch })?.epochs)
}

/// A host for a run that cannot be interrupted.
struct Closures<E, O> {
    epoch: E,
    on_epoch: O,
}

impl<I, E, O> Host for Closures<E, O>
where
    I: IntoIterator<Item = Result<LabelledBatch, DataError>>,
    I::IntoIter: 'static,
    E: FnMut(usize) -> I,
    O: FnMut(&EpochRow),
{
    fn batches(&mut self, epoch: usize, from: usize) -> Result<BatchSource, DataError> {
        Ok(Box::new((self.epoch)(epoch).into_iter().skip(from)))
    }

    fn on_epoch(&mut self, row: &EpochRow) {
        (self.on_epoch)(row);
    }
}

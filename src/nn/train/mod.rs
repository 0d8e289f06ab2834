//! Training a network on class labels: cross-entropy, SGD, a schedule.

mod error;
mod learner;
mod options;
mod schedule;
mod targets;

use std::time::Instant;

use super::Network;

pub use error::TrainError;
pub use learner::{Batch, Learner, StepResult};
pub use options::{BatchNormMode, TrainingOptions};
pub use schedule::{ConstantSchedule, CosineSchedule, ScheduleSpec, StepSchedule};

/// Any error of whoever supplies the batches.
pub type DataError = Box<dyn std::error::Error + Send + Sync>;

/// What one epoch came to.
#[derive(Debug, Clone, PartialEq)]
pub struct EpochRow {
    /// Which, from 1.
    pub epoch: usize,
    /// The learning rate of its first step.
    pub learning_rate: f64,
    /// Mean loss over its images, each measured before its own step, nats.
    pub loss: f64,
    /// Fraction of its images classified correctly, likewise, 0 to 1.
    pub accuracy: f64,
    /// How long it took, seconds.
    pub seconds: f64,
}

/// Trains `network` in place.
///
/// `epoch` gives the batches of an epoch (from 0), `steps_per_epoch` of them: the schedule moves with every step.
/// `on_epoch` hears of each epoch. Everything random (order, augmentation) is in `epoch`, so equal batches give
/// bit-identical parameters on any number of threads.
///
/// # Errors
/// [`TrainError`]: options out of range, batches that do not suit the network, or a loss that is no number.
pub fn train<I>(
    network: &mut Network,
    options: &TrainingOptions,
    steps_per_epoch: usize,
    mut epoch: impl FnMut(usize) -> I,
    mut on_epoch: impl FnMut(&EpochRow),
) -> Result<Vec<EpochRow>, TrainError>
where
    I: IntoIterator<Item = Result<Batch, DataError>>,
{
    let mut learner = Learner::new(network, options)?;
    let mut rows = Vec::with_capacity(options.epochs);
    for index in 0..options.epochs {
        let start = Instant::now();
        let rate = |step: usize| options.learning_rate(index * steps_per_epoch + step, steps_per_epoch);
        let (mut loss, mut correct, mut images) = (0.0, 0, 0);
        for (step, batch) in epoch(index).into_iter().enumerate() {
            let batch = batch.map_err(|source| TrainError::Data { epoch: index + 1, source })?;
            let lr = rate(step);
            let result = learner.step(network, &batch, lr)?;
            if !result.loss.is_finite() {
                return Err(TrainError::Diverged { epoch: index + 1, step: step + 1, lr, loss: result.loss });
            }
            loss += f64::from(result.loss) * batch.labels.len() as f64;
            correct += result.correct;
            images += batch.labels.len();
        }
        if images == 0 {
            return Err(TrainError::NoBatches { epoch: index + 1 });
        }
        let (loss, accuracy) = (loss / images as f64, correct as f64 / images as f64);
        let seconds = start.elapsed().as_secs_f64();
        let row = EpochRow { epoch: index + 1, learning_rate: rate(0), loss, accuracy, seconds };
        on_epoch(&row);
        rows.push(row);
    }
    Ok(rows)
}

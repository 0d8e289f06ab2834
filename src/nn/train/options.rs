use serde::{Deserialize, Serialize};

use super::{CosineSchedule, ScheduleSpec, TrainError};
use crate::nn::graph::ParameterKind;

/// What batch norms do while the network trains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BatchNormMode {
    /// Batch statistics; scale and shift learn, running statistics follow.
    Free,
    /// Running statistics, which stay; scale and shift learn.
    Affine,
    /// Running statistics; nothing learns.
    Frozen,
}

/// How a network is trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct TrainingOptions {
    /// Passes over the training images.
    pub epochs: usize,
    /// Images per step.
    pub batch: usize,
    /// Learning rate the schedule starts from.
    pub lr: f64,
    /// SGD's momentum, 0 for none.
    pub momentum: f64,
    /// Nesterov's momentum instead of the classic one.
    pub nesterov: bool,
    /// L2 penalty added to the gradients, as torch's SGD.
    pub weight_decay: f64,
    /// `constant`, `cosine` or `{ step = { every, gamma } }`.
    pub schedule: ScheduleSpec,
    /// Epochs over which the learning rate rises linearly before the schedule starts; may be a fraction.
    pub warmup_epochs: f64,
    /// What batch norms do.
    pub bn: BatchNormMode,
    /// Probability mass spread evenly over all classes (Szegedy et al. 2016).
    pub label_smoothing: f64,
    /// Factor on the head's learning rate (wsolevaluation trains a new head 10 times as fast).
    pub head_lr_multiplier: f64,
}

impl Default for TrainingOptions {
    fn default() -> Self {
        Self {
            epochs: 30,
            batch: 32,
            lr: 0.05,
            momentum: 0.9,
            nesterov: false,
            weight_decay: 1e-4,
            schedule: ScheduleSpec::Cosine(CosineSchedule {}),
            warmup_epochs: 0.0,
            bn: BatchNormMode::Free,
            label_smoothing: 0.0,
            head_lr_multiplier: 1.0,
        }
    }
}

impl TrainingOptions {
    /// Whether a parameter of this kind learns.
    pub fn trains(&self, kind: ParameterKind) -> bool {
        !(kind.is_buffer() || kind.is_affine() && self.bn == BatchNormMode::Frozen)
    }

    /// The learning rate of a step, counted from 0 over all epochs.
    pub fn learning_rate(&self, step: usize, steps_per_epoch: usize) -> f64 {
        let per_epoch = steps_per_epoch.max(1) as f64;
        let (step, warmup) = (step as f64, self.warmup_epochs * per_epoch);
        if step < warmup {
            return self.lr * (step + 1.0).min(warmup) / warmup;
        }
        let (done, total) = (step - warmup, self.epochs as f64 * per_epoch - warmup);
        self.lr * self.schedule.factor(done, total, step / per_epoch)
    }

    /// Checks what the types leave open.
    ///
    /// # Errors
    /// [`TrainError::Option`] naming the option, its value and its range.
    pub fn check(&self) -> Result<(), TrainError> {
        let any = f64::INFINITY;
        let ranges = [
            ("epochs", self.epochs as f64, 1.0, any, "at least 1"),
            ("batch", self.batch as f64, 1.0, any, "at least 1"),
            ("lr", self.lr, f64::MIN_POSITIVE, any, "a positive number"),
            ("momentum", self.momentum, 0.0, 1.0, "0 to less than 1"),
            ("weight-decay", self.weight_decay, 0.0, any, "0 or more"),
            ("warmup-epochs", self.warmup_epochs, 0.0, self.epochs as f64, "0 to less than `epochs`"),
            ("label-smoothing", self.label_smoothing, 0.0, 1.0, "0 to less than 1"),
            ("head-lr-multiplier", self.head_lr_multiplier, 0.0, any, "0 or more"),
        ];
        let outside = ranges.into_iter().find(|(_, value, low, high, _)| !(low..high).contains(&value));
        match outside {
            Some((option, value, _, _, range)) => Err(TrainError::Option { option, value, range }),
            None => self.schedule.check(),
        }
    }
}

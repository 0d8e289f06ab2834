use std::sync::Arc;

use super::average::MovingAverage;
use super::{EpochRow, HeldOutResult, StepRow, TrainingStage};

/// The best network so far.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Best {
    /// Higher is better.
    pub score: f64,
    pub values: Vec<Arc<Vec<f32>>>,
}

/// Progress of a training run, without weights and the optimiser's state. Random streams have no state: they
/// are named by epoch and image, and so by `stage`, `epoch` and `batch`.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct TrainingState {
    /// Current stage, from 0.
    pub stage: usize,
    /// Completed epochs of the stage.
    pub epoch: usize,
    /// Completed batches of the current epoch.
    pub batch: usize,
    /// Number of images of these batches.
    pub images: usize,
    /// Number of these that were classified correctly.
    pub correct: usize,
    /// Sum of their losses.
    pub loss: f64,
    /// Duration of these batches in seconds.
    pub seconds: f64,
    /// Epochs since the best one of the stage.
    pub waited: usize,
    /// The best score of the stage.
    pub stage_best: Option<f64>,
    pub best: Option<Best>,
    pub average: Option<MovingAverage>,
    pub epochs: Vec<EpochRow>,
    pub steps: Vec<StepRow>,
}

impl TrainingState {
    /// Records a completed step.
    pub fn count(&mut self, row: StepRow, correct: usize) {
        self.images += row.images;
        self.correct += correct;
        self.loss += row.loss * row.images as f64;
        self.seconds += row.seconds;
        self.steps.push(row);
    }

    /// Records a completed epoch and returns its row.
    pub fn finish_epoch(
        &mut self,
        stage: &TrainingStage,
        lr: f64,
        validation: Option<HeldOutResult>,
    ) -> EpochRow {
        let images = self.images as f64;
        let row = EpochRow {
            stage: stage.name.clone(),
            epoch: self.epochs.len() + 1,
            learning_rate: lr,
            loss: self.loss / images,
            accuracy: self.correct as f64 / images,
            validation,
            images: self.images,
            seconds: self.seconds,
        };
        self.epochs.push(row.clone());
        self.epoch += 1;
        (self.batch, self.images, self.correct, self.loss, self.seconds) = (0, 0, 0, 0.0, 0.0);
        row
    }

    /// Moves to the next stage.
    pub fn next_stage(&mut self) {
        self.stage += 1;
        (self.epoch, self.waited, self.stage_best) = (0, 0, None);
    }
}

//! What a training run needs of the world: photographs, a place for its state, someone to tell.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rand::seq::SliceRandom as _;

use super::progress::{Progress, Task, Verbosity};
use super::teacher::Teacher;
use camlab_base::random::stream;
use camlab_config::Experiment;
use camlab_data::{Augmentation, Batches, Dataset, InputSize, Loading};
use camlab_nn::Images;
use camlab_nn::train::{
    BatchSource, DataError, EpochRow, Host, LabelledBatch, SoftTargets, Stage, StepRow, Trained,
};
use camlab_store::Working;

/// The file of an interrupted run's state.
pub const STATE: &str = "state.safetensors";

pub struct TrainingHost<'a> {
    pub experiment: &'a Experiment,
    pub set: Arc<dyn Dataset>,
    /// Positions of the images to train on, and of those held back.
    pub train: Vec<usize>,
    pub held_back: Vec<usize>,
    pub batch: usize,
    /// Of the network: its order of the images, its augmentation.
    pub seed: u64,
    pub task: Task,
    pub progress: Progress,
    pub working: &'a Working,
    /// Bad images met in the latest epoch.
    pub skipped: Arc<AtomicUsize>,
    /// Stages of the training.
    pub stages: usize,
    /// Epochs of all of them.
    pub epochs: usize,
    /// The stage it is in.
    pub stage: String,
    /// Whom the network learns from beside the labels.
    pub teacher: Option<Teacher>,
}

impl TrainingHost<'_> {
    fn source(
        &self,
        order: Vec<usize>,
        augment: Option<Augmentation>,
        skipped: Arc<AtomicUsize>,
    ) -> BatchSource {
        let data = &self.experiment.data;
        let InputSize { height, width } = data.input.size;
        let loading = Loading { augment, batch: self.batch, ..data.loading() };
        let set = self.set.clone();
        let batches = Batches::new(set.clone(), order, loading).map(move |batch| {
            let batch = batch.map_err(DataError::from)?;
            skipped.fetch_add(batch.skipped.len(), Ordering::Relaxed);
            let labels: Vec<usize> = batch.indices.iter().map(|index| set.label(*index)).collect();
            let images = Images { pixels: batch.pixels.into(), count: labels.len(), height, width };
            Ok(LabelledBatch::new(images, labels))
        });
        Box::new(batches)
    }

    /// The run is over.
    pub fn finish(self, trained: &Trained) {
        let last = trained.epochs.last();
        let mut remark =
            last.map_or_else(String::new, |row| format!("accuracy {:.1} %", 100.0 * row.accuracy));
        if let Some(validation) = last.and_then(|row| row.validation) {
            remark += &format!(", validation {:.1} %", 100.0 * validation.accuracy);
        }
        match self.skipped.load(Ordering::Relaxed) {
            0 => {}
            met => remark += &format!(", {met} bad images skipped"),
        }
        self.task.finish(remark);
    }
}

impl Host for TrainingHost<'_> {
    fn batches(&mut self, epoch: usize, from: usize) -> Result<BatchSource, DataError> {
        let data = &self.experiment.data;
        let options = data.stage_augment.get(&self.stage).unwrap_or(&data.augment).clone();
        let augment = Augmentation { options, seed: self.seed, epoch };
        let mut order = self.train.clone();
        // Fisher-Yates by a stream of its own per epoch.
        order.shuffle(&mut stream(self.seed, &format!("order/{epoch}")));
        let rest = order.split_off((from * self.batch).min(order.len()));
        self.skipped = Arc::default();
        Ok(self.source(rest, Some(augment), self.skipped.clone()))
    }

    fn soft_targets(&mut self, images: &Images) -> Result<Option<SoftTargets>, DataError> {
        self.teacher.as_ref().map(|teacher| teacher.answer(images)).transpose()
    }

    fn held_back(&mut self) -> Result<BatchSource, DataError> {
        Ok(self.source(self.held_back.clone(), None, Arc::default()))
    }

    fn on_stage(&mut self, stage: &Stage) {
        self.stage.clone_from(&stage.name);
    }

    fn on_step(&mut self, row: &StepRow) {
        let (epoch, loss, accuracy) = (row.epoch, row.loss, 100.0 * row.accuracy);
        let rate = row.images as f64 / row.seconds;
        self.task.note(format!(
            "· epoch {epoch}/{}, loss {loss:.3}, accuracy {accuracy:.0} %, {rate:.0} images/s",
            self.epochs
        ));
        self.task.advance(1);
    }

    fn on_epoch(&mut self, row: &EpochRow) {
        let EpochRow { epoch, loss, .. } = row;
        let mut text = format!("epoch {epoch} loss {loss:.3} accuracy {:.1} %", 100.0 * row.accuracy);
        if self.stages > 1 {
            text = format!("{} {text}", row.stage);
        }
        if let Some(validation) = row.validation {
            let accuracy = 100.0 * validation.accuracy;
            text += &format!(", validation loss {:.3} accuracy {accuracy:.1} %", validation.loss);
        }
        text += &format!(", {:.0} images/s", row.images as f64 / row.seconds);
        self.progress.say(Verbosity::Verbose, format!("    {text}"));
    }

    fn save(&mut self, state: Vec<u8>) -> Result<(), DataError> {
        Ok(self.working.write(STATE, &state)?)
    }
}

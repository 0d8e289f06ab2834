//! Host of a training run: supplies batches, stores its state, shows its progress.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rand::seq::SliceRandom as _;

use super::teacher::Teacher;
use super::training_set::TrainingSet;
use super::{Progress, Task, Verbosity};
use camlab_base::random::stream;
use camlab_data::{Augmentation, Batches, Dataset, InputSize, Loading};
use camlab_nn::Images;
use camlab_nn::train::{
    BatchSource, DataError, EpochRow, Host, LabelledBatch, SoftTargets, StepRow, Trained, TrainingStage,
};
use camlab_store::Working;

/// File name of an interrupted run's state.
pub const STATE: &str = "state.safetensors";

/// Implementation of [`Host`] over a data set and the store.
pub struct TrainingHost<'a> {
    /// Preprocessing of the images.
    pub images: &'a TrainingSet,
    /// The training data set.
    pub set: Arc<dyn Dataset>,
    /// Positions of the images to train on.
    pub train: Vec<usize>,
    /// The data set of the held-out images.
    pub held_back_set: Arc<dyn Dataset>,
    /// Their positions in it.
    pub held_back: Vec<usize>,
    /// Images per batch.
    pub batch: usize,
    /// Seed of the network's image order and augmentation.
    pub seed: u64,
    /// Progress of the run, in steps.
    pub task: Task<'a>,
    /// Output on standard error.
    pub progress: Progress<'a>,
    /// Working folder for the state.
    pub working: &'a Working,
    /// Number of unreadable images in the latest epoch.
    pub skipped: Arc<AtomicUsize>,
    /// Number of training stages.
    pub stages: usize,
    /// Number of epochs of all stages together.
    pub epochs: usize,
    /// Name of the current stage.
    pub stage: String,
    /// Source of soft targets in addition to the labels.
    pub teacher: Option<Teacher>,
}

/// The images at some indices of a data set, with all their labels.
pub(crate) fn labelled(set: &dyn Dataset, indices: &[usize], images: Images) -> LabelledBatch {
    let labels = indices.iter().map(|index| set.label(*index)).collect();
    let label_sets: Vec<Vec<usize>> = indices.iter().map(|index| set.labels(*index)).collect();
    let several = label_sets.iter().any(|labels| labels.len() != 1);
    let label_sets = if several { label_sets } else { Vec::new() };
    LabelledBatch { label_sets, ..LabelledBatch::new(images, labels) }
}

impl TrainingHost<'_> {
    fn source(
        &self,
        set: &Arc<dyn Dataset>,
        order: Vec<usize>,
        augment: Option<Augmentation>,
        skipped: Arc<AtomicUsize>,
    ) -> BatchSource {
        let InputSize { height, width } = self.images.input.size;
        let loading = Loading { augment, ..self.images.loading(self.batch) };
        let set = set.clone();
        let batches = Batches::new(set.clone(), order, loading).map(move |batch| {
            let batch = batch.map_err(DataError::from)?;
            skipped.fetch_add(batch.skipped.len(), Ordering::Relaxed);
            let images = Images { pixels: batch.pixels.into(), count: batch.indices.len(), height, width };
            Ok(labelled(&*set, &batch.indices, images))
        });
        Box::new(batches)
    }

    /// Ends the progress display with the final accuracy.
    pub fn finish(self, trained: &Trained) {
        let last = trained.epochs.last();
        let mut remark =
            last.map_or_else(String::new, |row| format!("accuracy {:.1} %", 100.0 * row.accuracy));
        if let Some(validation) = last.and_then(|row| row.validation) {
            remark += &format!(", validation {:.1} %", 100.0 * validation.accuracy);
        }
        match self.skipped.load(Ordering::Relaxed) {
            0 => {}
            met => remark += &format!(", {} skipped", camlab_base::counted(met, "bad image")),
        }
        self.task.finish(remark);
    }
}

impl Host for TrainingHost<'_> {
    fn batches(&mut self, epoch: usize, from: usize) -> Result<BatchSource, DataError> {
        let TrainingSet { augment, stage_augment, .. } = self.images;
        let options = stage_augment.get(&self.stage).unwrap_or(augment).clone();
        let augment = Augmentation { options, seed: self.seed, epoch };
        let mut order = self.train.clone();
        // Fisher-Yates with its own random stream per epoch, so that a resumed run has the same order.
        order.shuffle(&mut stream(self.seed, &format!("order/{epoch}")));
        let rest = order.split_off((from * self.batch).min(order.len()));
        self.skipped = Arc::default();
        Ok(self.source(&self.set, rest, Some(augment), self.skipped.clone()))
    }

    fn soft_targets(&mut self, images: &Images) -> Result<Option<SoftTargets>, DataError> {
        self.teacher.as_ref().map(|teacher| teacher.answer(images)).transpose()
    }

    fn held_back(&mut self) -> Result<BatchSource, DataError> {
        Ok(self.source(&self.held_back_set, self.held_back.clone(), None, Arc::default()))
    }

    fn on_stage(&mut self, stage: &TrainingStage) {
        self.stage.clone_from(&stage.name);
    }

    fn on_step(&mut self, row: &StepRow) {
        let (epoch, loss, accuracy) = (row.epoch, row.loss, 100.0 * row.accuracy);
        let rate = row.images as f64 / row.seconds;
        self.task.note(format!(
            "epoch {epoch}/{}, loss {loss:.3}, accuracy {accuracy:.0} %, {rate:.0} images/s",
            self.epochs
        ));
        self.task.count(1);
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

    fn stops(&self) -> bool {
        self.progress.stops()
    }

    fn save(&mut self, state: Vec<u8>) -> Result<(), DataError> {
        Ok(self.working.write(STATE, &state)?)
    }
}

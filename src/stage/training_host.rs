//! What a training run needs of the world: photographs, a place for its state, someone to tell.

use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rand::seq::SliceRandom as _;

use super::progress::{Progress, Task, Verbosity};
use super::store::Working;
use super::teacher::Teacher;
use crate::nn::Images;
use crate::nn::train::{Batch, BatchSource, DataError, EpochRow, Host, StepRow, Trained};
use crate::parts::dataset::{Augmentation, Batches, Dataset, InputSize, Loading};
use crate::random::stream;
use crate::spec::Experiment;

/// The file of an interrupted run's state.
pub(super) const STATE: &str = "state.safetensors";

pub(super) struct TrainingHost<'a> {
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
    /// Whom the network learns from beside the labels.
    pub teacher: Option<Rc<Teacher>>,
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
        let loading = Loading {
            on_bad_image: data.on_bad_image,
            augment,
            ..Loading::new(data.input.clone(), self.batch)
        };
        let set = self.set.clone();
        // Images held back are judged by their labels alone.
        let teacher = self.teacher.clone().filter(|_| loading.augment.is_some());
        let batches = Batches::new(set.clone(), order, loading).map(move |batch| {
            let batch = batch.map_err(DataError::from)?;
            skipped.fetch_add(batch.skipped.len(), Ordering::Relaxed);
            let labels: Vec<usize> = batch.indices.iter().map(|index| set.label(*index)).collect();
            let images = Images { pixels: batch.pixels.into(), count: labels.len(), height, width };
            let soft = match &teacher {
                // A batch may consist of nothing but bad images.
                Some(teacher) if images.count > 0 => Some(teacher.answer(&images)?),
                _ => None,
            };
            Ok(Batch { soft, ..Batch::new(images, labels) })
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
        let options = self.experiment.data.augment.clone();
        let augment = Augmentation { options, seed: self.seed, epoch };
        let mut order = self.train.clone();
        // Fisher-Yates by a stream of its own per epoch.
        order.shuffle(&mut stream(self.seed, &format!("order/{epoch}")));
        let rest = order.split_off((from * self.batch).min(order.len()));
        self.skipped = Arc::default();
        Ok(self.source(rest, Some(augment), self.skipped.clone()))
    }

    fn held_back(&mut self) -> Result<BatchSource, DataError> {
        Ok(self.source(self.held_back.clone(), None, Arc::default()))
    }

    fn on_step(&mut self, row: &StepRow) {
        let accuracy = 100.0 * row.accuracy;
        self.task.note(format!("epoch {} loss {:.3} acc {accuracy:.0} %", row.epoch, row.loss));
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

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::network::{Architecture, InitialWeights, WEIGHTS};
use super::split::{first_rows, split};
use super::teacher::Teacher;
use super::training_host::{STATE, TrainingHost};
use super::training_set::TrainingSet;
use super::{Job, Verbosity, Work};
use camlab_data::image_rows;
use camlab_frame::{self as frame, Assembly, StepRow, TrainingRow};
use camlab_nn::train::{self, Trained, Trainer, TrainingOptions};
use camlab_nn::{Network, checkpoint};
use camlab_parts::training::TrainingSpec;
use camlab_store::{Cost, Draft};

/// Input of the validation images.
pub const VALIDATION: &str = "validation";

/// Files with the weights of the last and of the best epoch, written if epochs are validated.
const LAST: &str = "last.safetensors";
const BEST: &str = "best.safetensors";

/// Training of a network from its initial weights: weights and learning curve.
///
/// Inputs: `data`, `validation` if epochs are evaluated on a data set of its own, and `checkpoint` for weights from a
/// file or from another network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Train {
    /// The network's layers.
    pub architecture: Architecture,
    /// Its weights before training.
    pub initial: InitialWeights,
    /// Schedule, optimiser and validation.
    pub training: TrainingSpec,
    /// The training images.
    pub images: TrainingSet,
    /// Seed of the image order and the augmentation.
    pub seed: u64,
    /// Number of epochs, over all training stages, after which the training pauses: a rung of successive halving. Its
    /// artefact holds the state that a later rung goes on from. `None`: the whole training.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pause: Option<usize>,
}

impl Work for Train {
    const KIND: &'static str = "train";
    const DURABLE: bool = true;
    const FRAMES: &'static [Assembly] = &[Assembly::of::<TrainingRow>(), Assembly::of::<StepRow>()];

    fn version(&self) -> u32 {
        3
    }

    fn counted(&self) -> Option<serde_json::Value> {
        let mut counted = json!(self);
        counted["training"] = self.training.numbers();
        Some(counted)
    }

    fn runs_kernels(&self) -> bool {
        true
    }

    fn units(&self, images: &dyn Fn(&str) -> Option<usize>) -> f64 {
        let epochs = self.training.all_epochs();
        (self.pause.unwrap_or(epochs).min(epochs) * images("data").unwrap_or(1)) as f64
    }

    fn size(&self) -> Option<serde_json::Value> {
        // Patterns of trained parameters and batch norms decide how deep the backward pass goes.
        let stages = self.training.stages();
        let stages =
            stages.iter().map(|stage| (&stage.options.method, &stage.options.bn, &stage.options.train));
        Some(json!({
            "architecture": self.architecture,
            "input": self.images.input.size,
            "batch": self.training.batch,
            "stages": stages.collect::<Vec<_>>(),
        }))
    }

    fn run(&self, job: &Job<'_>, draft: &mut Draft) -> anyhow::Result<Cost> {
        let mut network = self.architecture.network()?;
        self.initial.apply(&mut network, job, "checkpoint")?;
        let options = self.training.resolved();
        let training = TrainingJob {
            images: &self.images,
            options: &options,
            seed: self.seed,
            network,
            teacher: None,
            pause: self.pause,
        };
        let trained = training.learn(job)?;
        let cost = trained.write(draft)?;
        if self.pause.is_some()
            && let Some(state) = job.working().read(STATE)?
        {
            std::fs::write(draft.path(STATE), state)?;
        }
        Ok(cost)
    }
}

/// One training run: of a network from its initial weights, or of a student.
pub(crate) struct TrainingJob<'a> {
    /// The training images.
    pub images: &'a TrainingSet,
    /// Schedule, optimiser and validation.
    pub options: &'a TrainingOptions,
    /// Seed of the image order and the augmentation.
    pub seed: u64,
    /// The network to train, with its initial weights.
    pub network: Network,
    /// Source of soft targets in addition to the labels.
    pub teacher: Option<Teacher>,
    /// Number of epochs after which the training pauses; `None`: it runs to its end.
    pub pause: Option<usize>,
}

/// A trained network with its learning curve.
pub(crate) struct TrainedNetwork {
    /// The network with its final weights.
    pub network: Network,
    trained: Trained,
}

impl TrainingJob<'_> {
    /// Trains to the end; resumes an interrupted run. The data set is the input `data`.
    pub fn learn(self, job: &Job<'_>) -> anyhow::Result<TrainedNetwork> {
        let Self { images, options, seed, mut network, teacher, pause } = self;
        let set = job.dataset("data")?;
        let fraction = options.validation.as_ref().and_then(|validation| validation.fraction);
        let (train, mut held_back) = match fraction {
            Some(fraction) => split(&image_rows(&*set), fraction, images.split_seed),
            None => (first_rows(&image_rows(&*set)), Vec::new()),
        };
        let mut held_back_set = set.clone();
        if options.validation.is_some() && job.has(VALIDATION) {
            held_back_set = job.dataset(VALIDATION)?;
            held_back = first_rows(&image_rows(&*held_back_set));
        }
        let steps = train.len().div_ceil(options.batch);
        let working = job.working();
        let title = format!("train {} ({})", job.label(), job.stage.hints.cell);

        let mut trainer = Trainer::new(&mut network, options, steps)?.seeded(seed).pausing(pause);
        let mut resumed = 0;
        if let Some(SavedState { bytes, place }) = SavedState::of(job)? {
            trainer.resume(&bytes).map_err(|source| anyhow::Error::new(source).context(place))?;
            resumed = trainer.steps_done();
            job.progress.say(Verbosity::Normal, format!("  {title}: resuming after step {resumed}"));
        }
        let epochs = options.all_epochs();
        let last = pause.unwrap_or(epochs).min(epochs);
        let task = job.progress.resumable(title, steps * last, "steps", resumed);
        let mut host = TrainingHost {
            images,
            set,
            train,
            held_back_set,
            held_back,
            batch: options.batch,
            seed,
            task,
            progress: job.progress,
            working: &working,
            skipped: Default::default(),
            stages: options.stages().len(),
            epochs: options.all_epochs(),
            stage: String::new(),
            teacher,
        };
        let trained = trainer.run(&mut host)?;
        host.finish(&trained);
        Ok(TrainedNetwork { network, trained })
    }
}

/// The state that a training goes on from.
struct SavedState {
    bytes: Vec<u8>,
    /// Its place, for errors.
    place: String,
}

impl SavedState {
    /// The state of an interruption, or else that of the latest earlier rung of the same training whose artefact exists.
    /// Neither changes the result.
    fn of(job: &Job<'_>) -> anyhow::Result<Option<Self>> {
        if let Some(bytes) = job.working().read(STATE)? {
            let folder = job.store.root().display();
            let place = format!("{STATE} under .working-{} in {folder}", job.stage.key);
            return Ok(Some(Self { bytes, place }));
        }
        for earlier in job.stage.hints.continues.iter().rev() {
            // A rung that is gone or damaged costs time and nothing else.
            let Ok(folder) = job.store.open(earlier) else { continue };
            let path = folder.join(STATE);
            if let Ok(bytes) = std::fs::read(&path) {
                return Ok(Some(Self { bytes, place: path.display().to_string() }));
            }
        }
        Ok(None)
    }
}

impl TrainedNetwork {
    /// Writes the weights and one row per epoch and per step; returns what they took.
    pub fn write(&self, draft: &Draft) -> anyhow::Result<Cost> {
        let Self { network, trained } = self;
        checkpoint::write(&draft.path(WEIGHTS), network)?;
        if let Some(best) = &trained.best {
            for (name, values) in [(LAST, &trained.last), (BEST, best)] {
                checkpoint::write(&draft.path(name), &with_values(network, values)?)?;
            }
        }
        frame::write_artefact(draft.folder(), &epochs(trained))?;
        frame::write_artefact(draft.folder(), &step_rows(trained))?;
        let mut cost = Cost::default();
        let rates = |rows: &mut dyn Iterator<Item = (usize, f64)>| -> Vec<f64> {
            rows.map(|(images, seconds)| images as f64 / seconds).collect()
        };
        let epochs = &trained.epochs;
        let training = cost.columns.entry("training.parquet".to_owned()).or_default();
        training.insert("seconds".into(), epochs.iter().map(|row| row.seconds).collect());
        let found = rates(&mut epochs.iter().map(|row| (row.images, row.seconds)));
        training.insert("images_per_second".into(), found);
        let steps = cost.columns.entry("steps.parquet".to_owned()).or_default();
        let found = rates(&mut trained.steps.iter().map(|row| (row.images, row.seconds)));
        steps.insert("images_per_second".into(), found);
        Ok(cost)
    }
}

fn with_values(network: &Network, values: &[Arc<Vec<f32>>]) -> anyhow::Result<Network> {
    let mut network = network.clone();
    let names: Vec<String> = network.specs().iter().map(|spec| spec.name.clone()).collect();
    for (name, value) in names.iter().zip(values) {
        network.set(name, value.to_vec())?;
    }
    Ok(network)
}

fn epochs(trained: &Trained) -> Vec<TrainingRow> {
    let row = |row: &train::EpochRow| TrainingRow {
        cell: String::new(),
        seed: 0,
        network: String::new(),
        stage: row.stage.clone(),
        epoch: row.epoch as u32,
        learning_rate: row.learning_rate,
        loss: row.loss,
        accuracy: 100.0 * row.accuracy,
        validation_loss: row.validation.map(|validation| validation.loss),
        validation_accuracy: row.validation.map(|validation| 100.0 * validation.accuracy),
        images_per_second: 0.0,
        seconds: 0.0,
    };
    trained.epochs.iter().map(row).collect()
}

fn step_rows(trained: &Trained) -> Vec<StepRow> {
    let row = |row: &train::StepRow| StepRow {
        cell: String::new(),
        seed: 0,
        network: String::new(),
        stage: row.stage.clone(),
        epoch: row.epoch as u32,
        step: row.step as u32,
        learning_rate: row.learning_rate,
        loss: row.loss,
        accuracy: 100.0 * row.accuracy,
        images_per_second: 0.0,
    };
    trained.steps.iter().map(row).collect()
}

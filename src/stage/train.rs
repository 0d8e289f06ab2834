use std::sync::Arc;

use anyhow::Context as _;

use super::StageError;
use super::network::{self, WEIGHTS};
use super::progress::{Progress, Verbosity};
use super::split::split;
use super::teacher::Teacher;
use super::training_host::{STATE, TrainingHost};
use camlab_base::random::derive;
use camlab_data::{self as data, Dataset};
use camlab_frame::{self as frame, StepRow, TrainingRow};
use camlab_nn::train::{self, Trained, Trainer, TrainingOptions};
use camlab_nn::{Network, checkpoint};
use camlab_plan::{Cell, Facts, NetworkStage, Plan, StageSpec};
use camlab_store::{Draft, Store};

/// Files with the weights of the last and of the best epoch, written if epochs are validated.
const LAST: &str = "last.safetensors";
const BEST: &str = "best.safetensors";

/// Inputs of one training run.
pub struct TrainingJob<'a> {
    /// The cell whose experiment and seed apply.
    pub cell: &'a Cell,
    /// The artefact that the network is for; its key names the working folder.
    pub spec: &'a StageSpec,
    /// Name of the network; the random streams depend on it.
    pub name: &'a str,
    /// Schedule, optimiser and validation.
    pub options: &'a TrainingOptions,
    /// The network to train, with its initial weights.
    pub network: Network,
    /// Source of soft targets in addition to the labels.
    pub teacher: Option<Teacher>,
}

/// A trained network with its learning curve.
pub struct TrainedNetwork {
    /// The network with its final weights.
    pub network: Network,
    trained: Trained,
}

/// Trains one network and writes its weights and learning curve; resumes an interrupted run.
///
/// # Errors
/// Missing training data or options, classes that differ from the test data's, a state that cannot be resumed.
pub fn run(
    plan: &Plan,
    facts: &Facts,
    store: &Store,
    stage: &NetworkStage,
    progress: Progress,
) -> anyhow::Result<()> {
    let cell = &plan.cells[stage.cell];
    let init = plan.init(stage).context("only the network of an [[init]] can be trained")?;
    let options = cell.experiment.training.as_ref().context("[training] is missing")?.resolved();
    let network = network::initial(plan, facts, stage)?;
    let (spec, name) = (&stage.spec, &init.name);
    let job = TrainingJob { cell, spec, name, options: &options, network, teacher: None };
    let trained = job.learn(facts, store, progress)?;
    let draft = store.draft(&stage.spec)?;
    trained.write(&draft, cell, &init.name)?;
    draft.finish()?;
    Ok(store.working(&stage.spec).clear()?)
}

impl TrainingJob<'_> {
    /// Trains to the end; resumes an interrupted run.
    ///
    /// # Errors
    /// As [`run`].
    pub fn learn(self, facts: &Facts, store: &Store, progress: Progress) -> anyhow::Result<TrainedNetwork> {
        let Self { cell, spec, name, options, mut network, teacher } = self;
        let experiment = &cell.experiment;
        let dataset = experiment.data.train.as_ref().context("data.train is missing")?;
        let set: Arc<dyn Dataset> = data::open(dataset)?.into();
        same_classes(facts, experiment, set.classes())?;
        let (train, held_back) = match &options.validation {
            Some(validation) => split(set.len(), validation.fraction, cell.seed),
            None => ((0..set.len()).collect(), Vec::new()),
        };
        let steps = train.len().div_ceil(options.batch);
        let seed = derive(cell.seed, &format!("train/{name}"));
        let working = store.working(spec);

        let mut trainer = Trainer::new(&mut network, options, steps)?.seeded(seed);
        let mut resumed = 0;
        if let Some(saved) = working.read(STATE)? {
            trainer.resume(&saved).map_err(|source| {
                let folder = store.root().display();
                let state = format!("{STATE} under .working-{} in {folder}", spec.key());
                anyhow::Error::new(source).context(state)
            })?;
            resumed = trainer.steps_done();
            let text = format!("  train {name} ({}): resuming after step {resumed}", cell.id);
            progress.say(Verbosity::Normal, text);
        }
        let title = format!("train {name} ({})", cell.id);
        let mut task = progress.task(title, steps * options.all_epochs(), "steps");
        task.skip(resumed);
        let mut host = TrainingHost {
            experiment,
            set,
            train,
            held_back,
            batch: options.batch,
            seed,
            task,
            progress,
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

impl TrainedNetwork {
    /// Writes the weights and one row per epoch and per step.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write(&self, draft: &Draft, cell: &Cell, name: &str) -> anyhow::Result<()> {
        let Self { network, trained } = self;
        checkpoint::write(&draft.path(WEIGHTS), network)?;
        if let Some(best) = &trained.best {
            for (name, values) in [(LAST, &trained.last), (BEST, best)] {
                checkpoint::write(&draft.path(name), &with_values(network, values)?)?;
            }
        }
        frame::write(&draft.path(""), &epochs(cell, name, trained))?;
        Ok(frame::write(&draft.path(""), &step_rows(cell, name, trained))?)
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

fn epochs(cell: &Cell, network: &str, trained: &Trained) -> Vec<TrainingRow> {
    let row = |row: &train::EpochRow| TrainingRow {
        cell: cell.id.clone(),
        seed: cell.seed as i64,
        network: network.to_owned(),
        stage: row.stage.clone(),
        epoch: row.epoch as u32,
        learning_rate: row.learning_rate,
        loss: row.loss,
        accuracy: 100.0 * row.accuracy,
        validation_loss: row.validation.map(|validation| validation.loss),
        validation_accuracy: row.validation.map(|validation| 100.0 * validation.accuracy),
        images_per_second: row.images as f64 / row.seconds,
        seconds: row.seconds,
    };
    trained.epochs.iter().map(row).collect()
}

fn step_rows(cell: &Cell, network: &str, trained: &Trained) -> Vec<StepRow> {
    let row = |row: &train::StepRow| StepRow {
        cell: cell.id.clone(),
        seed: cell.seed as i64,
        network: network.to_owned(),
        stage: row.stage.clone(),
        epoch: row.epoch as u32,
        step: row.step as u32,
        learning_rate: row.learning_rate,
        loss: row.loss,
        accuracy: 100.0 * row.accuracy,
        images_per_second: row.images as f64 / row.seconds,
    };
    trained.steps.iter().map(row).collect()
}

fn same_classes(
    facts: &Facts,
    experiment: &camlab_config::Experiment,
    train: &[String],
) -> Result<(), StageError> {
    let test = facts.dataset(&experiment.data.test).map_or(&[][..], |facts| &facts.classes);
    if test == train {
        return Ok(());
    }
    let odd = train
        .iter()
        .find(|name| !test.contains(name))
        .or_else(|| test.iter().find(|name| !train.contains(name)));
    Err(StageError::Input(format!(
        "data.train has {} classes and data.test {}{}; a network needs the same classes in the same order",
        train.len(),
        test.len(),
        odd.map_or_else(String::new, |name| format!(" (only one of them has `{name}`)")),
    )))
}

use std::sync::Arc;

use super::network::{self, WEIGHTS};
use super::progress::{Progress, Verbosity};
use super::split::split;
use super::training_host::{STATE, TrainingHost};
use super::{StageError, Store};
use crate::frame::{self, StepRow, TrainingRow};
use crate::nn::train::{self, Trained, Trainer};
use crate::nn::{Network, checkpoint};
use crate::parts::dataset::{self, Dataset};
use crate::plan::{Cell, Facts, NetworkStage, Plan};
use crate::random::derive;

/// The weights of the last and of the best epoch, beside those that are kept, where epochs are judged.
const LAST: &str = "last.safetensors";
const BEST: &str = "best.safetensors";

/// Trains one network and files weights and learning curve; goes on where an interrupted run left off.
pub(super) fn run(
    plan: &Plan,
    facts: &Facts,
    store: &Store,
    stage: &NetworkStage,
    progress: Progress,
) -> anyhow::Result<()> {
    let cell = &plan.cells[stage.cell];
    let experiment = &cell.experiment;
    let init = plan.init(stage);
    let (Some(options), Some(spec)) = (&experiment.training, &experiment.data.train) else {
        anyhow::bail!("[training] or data.train is missing");
    };
    let set: Arc<dyn Dataset> = dataset::open(spec)?.into();
    same_classes(facts, experiment, set.classes())?;
    let mut network = network::initial(plan, facts, stage)?;
    let (train, held_back) = match &options.validation {
        Some(validation) => split(set.len(), validation.fraction, cell.seed),
        None => ((0..set.len()).collect(), Vec::new()),
    };
    let steps = train.len().div_ceil(options.batch);
    let seed = derive(cell.seed, &format!("train/{}", init.name));
    let working = store.working(&stage.material);

    let mut trainer = Trainer::new(&mut network, options, steps)?.seeded(seed);
    let mut resumed = 0;
    if let Some(saved) = working.read(STATE)? {
        trainer.resume(&saved).map_err(|source| {
            let folder = store.root().display();
            anyhow::Error::new(source).context(format!("{STATE} under .working-{} in {folder}", stage.key))
        })?;
        resumed = trainer.steps_done();
        let text = format!("  train {} ({}): going on behind step {resumed}", init.name, cell.id);
        progress.say(Verbosity::Normal, text);
    }
    let title = format!("train {} ({})", init.name, cell.id);
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
        stage: String::new(),
    };
    let trained = trainer.run(&mut host)?;

    let draft = store.draft(&stage.material)?;
    checkpoint::write(&draft.path(WEIGHTS), &network)?;
    if let Some(best) = &trained.best {
        for (name, values) in [(LAST, &trained.last), (BEST, best)] {
            checkpoint::write(&draft.path(name), &with_values(&network, values)?)?;
        }
    }
    frame::write(&draft.path(""), &epochs(cell, &init.name, &trained))?;
    frame::write(&draft.path(""), &step_rows(cell, &init.name, &trained))?;
    draft.finish()?;
    working.clear()?;
    host.finish(&trained);
    Ok(())
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
    experiment: &crate::spec::Experiment,
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

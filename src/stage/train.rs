use std::cell::{Cell, RefCell};
use std::sync::Arc;

use super::network::{self, WEIGHTS};
use super::progress::{Progress, Verbosity};
use super::{StageError, Store};
use crate::frame::{self, TrainingRow};
use crate::nn::train::{self, Batch, DataError};
use crate::nn::{Images, checkpoint};
use crate::parts::dataset::{self, Augmentation, Batches, Dataset, InputSize, Loading};
use crate::plan::{Facts, NetworkStage, Plan};
use crate::random::{derive, stream};

/// Trains one network and files weights and learning curve.
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
    let InputSize { height, width } = experiment.data.input.size;
    let set: Arc<dyn Dataset> = dataset::open(spec)?.into();
    same_classes(facts, experiment, set.classes())?;
    let mut network = network::initial(plan, facts, stage)?;
    let seed = derive(cell.seed, &format!("train/{}", init.name));
    let steps = set.len().div_ceil(options.batch);
    let task = progress.task(format!("train {} ({})", init.name, cell.id), steps * options.epochs, "steps");
    let (task, skipped) = (RefCell::new(task), Cell::new(0));
    let epoch = |epoch: usize| {
        let augment = Augmentation { options: experiment.data.augment.clone(), seed, epoch };
        let order = shuffled(set.len(), seed, epoch);
        let loading = Loading {
            on_bad_image: experiment.data.on_bad_image,
            augment: Some(augment),
            ..Loading::new(experiment.data.input.clone(), options.batch)
        };
        let (task, skipped) = (&task, &skipped);
        let set = set.clone();
        Batches::new(set.clone(), order, loading).filter_map(move |batch| {
            let batch = match batch {
                Ok(batch) => batch,
                Err(error) => return Some(Err(DataError::from(error))),
            };
            task.borrow_mut().advance(1);
            skipped.set(skipped.get() + batch.skipped.len());
            let labels: Vec<usize> = batch.indices.iter().map(|index| set.label(*index)).collect();
            let images = Images { pixels: batch.pixels.into(), count: labels.len(), height, width };
            // A batch may consist of nothing but bad images.
            (!labels.is_empty()).then_some(Ok(Batch { images, labels }))
        })
    };
    let rows = train::train(&mut network, options, steps, epoch, |row| {
        let accuracy = 100.0 * row.accuracy;
        let text = format!("epoch {} loss {:.3} accuracy {accuracy:.1} %", row.epoch, row.loss);
        progress.say(Verbosity::Verbose, format!("    {text}"));
        task.borrow().note(text);
    })?;

    let draft = store.draft(&stage.material)?;
    checkpoint::write(&draft.path(WEIGHTS), &network)?;
    let frame: Vec<TrainingRow> = rows
        .iter()
        .map(|row| TrainingRow {
            cell: cell.id.clone(),
            seed: cell.seed as i64,
            network: init.name.clone(),
            epoch: row.epoch as u32,
            learning_rate: row.learning_rate,
            loss: row.loss,
            accuracy: 100.0 * row.accuracy,
            seconds: row.seconds,
        })
        .collect();
    frame::write(&draft.path(""), &frame)?;
    draft.finish()?;
    let last = rows.last().map_or_else(String::new, |row| format!("accuracy {:.1} %", 100.0 * row.accuracy));
    let remark = match skipped.get() {
        0 => last,
        // Every epoch meets the same bad images again.
        met => format!("{last}, {} bad images skipped", met / options.epochs),
    };
    task.into_inner().finish(remark);
    Ok(())
}

/// Fisher-Yates by a stream of its own per epoch.
fn shuffled(count: usize, seed: u64, epoch: usize) -> Vec<usize> {
    use rand::seq::SliceRandom as _;
    let mut order: Vec<usize> = (0..count).collect();
    order.shuffle(&mut stream(seed, &format!("order/{epoch}")));
    order
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

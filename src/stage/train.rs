use super::network::{self, WEIGHTS};
use super::progress::{Progress, Verbosity};
use super::{StageError, Store};
use crate::frame::{self, TrainingRow};
use crate::nn::{checkpoint, train};
use crate::parts::dataset::{self, Batches};
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
    let set = dataset::open(spec)?;
    same_classes(facts, experiment, set.classes())?;
    let mut network = network::initial(plan, facts, stage)?;
    let seed = derive(cell.seed, &format!("train/{}", init.name));
    let steps = set.len().div_ceil(options.batch) * options.epochs;
    let mut task = progress.task(format!("train {} ({})", init.name, cell.id), steps, "steps");
    let mut rows = Vec::new();
    let mut skipped = 0;

    let outcome = {
        let task = std::cell::RefCell::new(&mut task);
        let skipped = &mut skipped;
        train::train(
            &mut network,
            options,
            |epoch| {
                let order = shuffled(set.len(), seed, epoch);
                let batches = Batches::new(set.as_ref(), order, experiment.data.input.clone(), options.batch)
                    .on_bad_image(experiment.data.on_bad_image)
                    .augment(experiment.data.augment.clone(), seed, epoch);
                Ok(batches)
            },
            |batch| {
                *skipped += batch.skipped.len();
                task.borrow_mut().advance(1);
            },
            |row| {
                let text = format!("epoch {} loss {:.3} accuracy {:.1} %", row.epoch, row.loss, row.accuracy);
                progress.say(Verbosity::Verbose, format!("    {text}"));
                task.borrow().note(text);
                rows.push(row);
            },
        )
    };
    outcome?;

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
            accuracy: row.accuracy,
            seconds: row.seconds,
        })
        .collect();
    frame::write(&draft.path(""), &frame)?;
    draft.finish()?;
    let last = rows.last().map_or_else(String::new, |row| format!("accuracy {:.1} %", row.accuracy));
    task.finish(if skipped == 0 { last } else { format!("{last}, {skipped} bad images skipped") });
    Ok(())
}

/// Fisher-Yates by a stream of its own per epoch.
fn shuffled(count: usize, seed: u64, epoch: usize) -> Vec<usize> {
    use rand::seq::SliceRandom as _;
    let mut order: Vec<usize> = (0..count).collect();
    order.shuffle(&mut stream(seed, &format!("order/{epoch}")));
    order
}

fn same_classes(facts: &Facts, experiment: &crate::spec::Experiment, train: &[String]) -> Result<(), StageError> {
    let test = facts.dataset(&experiment.data.test).map_or(&[][..], |facts| &facts.classes);
    if test == train {
        return Ok(());
    }
    let odd = train.iter().find(|name| !test.contains(name)).or_else(|| test.iter().find(|name| !train.contains(name)));
    Err(StageError::Input(format!(
        "data.train has {} classes and data.test {}{}; a network needs the same classes in the same order",
        train.len(),
        test.len(),
        odd.map_or_else(String::new, |name| format!(" (only one of them has `{name}`)")),
    )))
}

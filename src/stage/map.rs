use std::sync::Arc;

use super::frozen::{BATCH, Frozen, Numbers};
use super::look::look;
use super::make::make;
use super::map_file::{MapRow, MapWriter, Prediction};
use super::progress::Progress;
use super::request::{Request, Taps};
use super::target::{KnownLabels, TargetRule};
use super::{StageError, Store, network, sample};
use crate::nn::Images;
use crate::parts::dataset::{self, Batches, Dataset, InputSize, Loading};
use crate::plan::{Facts, MapStage, Plan};

/// Makes the maps of several stages that share network, images and target, in one pass: one forward (and
/// one backward, as far as the earliest layer needs) serves all of them.
pub(super) fn run(
    plan: &Plan,
    facts: &Facts,
    store: &Store,
    stages: &[&MapStage],
    progress: Progress,
) -> anyhow::Result<Vec<String>> {
    let Some(first) = stages.first() else { return Ok(Vec::new()) };
    let cell = &plan.cells[first.cell];
    let experiment = &cell.experiment;
    let network = network::finished(plan, facts, store, &plan.networks[first.network])?;
    let set: Arc<dyn Dataset> = dataset::open(&experiment.data.test)?.into();
    let indices = sample::indices(experiment, set.len())?;
    let known = KnownLabels::of(experiment, &set);
    let target = TargetRule::new(&experiment.target, set.classes(), known)?;
    let requests: Vec<_> =
        stages.iter().map(|stage| Request::new(stage, &network)).collect::<Result<_, _>>()?;
    let taps = Taps::new(&requests);
    let InputSize { height, width } = experiment.data.input.size;
    let numbers = Numbers { precision: first.precision, size: [height, width], batch: BATCH };
    let frozen = Frozen::new(&network, &requests, &taps, numbers)?;

    let drafts: Vec<_> = stages.iter().map(|stage| store.draft(&stage.material)).collect::<Result<_, _>>()?;
    let mut writers: Vec<_> =
        drafts.iter().map(|d| MapWriter::create(&d.path(""))).collect::<Result<_, _>>()?;
    let title = format!("maps of {} ({} kinds)", plan.init(&plan.networks[first.network]).name, stages.len());
    let mut task = progress.task(title, indices.len(), "images");
    let (mut usable, mut skipped) = (0, Vec::new());
    let loading = Loading {
        on_bad_image: experiment.data.on_bad_image,
        ..Loading::new(experiment.data.input.clone(), experiment.data.batch)
    };
    for batch in Batches::new(set.clone(), indices, loading) {
        let batch = batch?;
        for (index, error) in &batch.skipped {
            skipped.push(format!("{}: {error}", set.id(*index)));
        }
        task.advance(batch.indices.len() + batch.skipped.len());
        // A batch may consist of nothing but bad images.
        if batch.indices.is_empty() {
            continue;
        }
        // For the evaluation's columns alone; the passes do not see them.
        let labels: Vec<usize> = batch.indices.iter().map(|index| set.label(*index)).collect();
        let images = Images { pixels: batch.pixels.into(), count: labels.len(), height, width };
        let seen = look(&frozen, images, &taps, &target, &batch.indices)?;
        let maps = make(&requests, &taps, &seen, &frozen, experiment.evaluation.interpolation)?;
        for (stage, images) in writers.iter_mut().zip(maps) {
            for (at, (map, own)) in images.into_iter().enumerate() {
                let row = MapRow {
                    index: batch.indices[at],
                    target: seen.target_of(at),
                    prediction: Prediction::new(seen.logits_of(at), labels[at]),
                    seconds: seen.seconds_each() + own,
                };
                stage.push(&map, &row)?;
            }
        }
        usable += labels.len();
    }
    if usable == 0 {
        anyhow::bail!("none of the {} test images can be used; the first: {}", skipped.len(), skipped[0]);
    }
    for (writer, draft) in writers.into_iter().zip(drafts) {
        writer.finish()?;
        let path = draft.path(SKIPPED);
        std::fs::write(&path, skipped.join("\n")).map_err(StageError::io("write", &path))?;
        draft.finish()?;
    }
    task.finish(if skipped.is_empty() {
        String::new()
    } else {
        format!("{} bad images skipped", skipped.len())
    });
    Ok(skipped)
}

/// The images that could not be used, one per line, beside the maps.
pub(super) const SKIPPED: &str = "skipped.txt";

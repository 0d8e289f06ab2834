use std::sync::Arc;

use super::frozen::{BATCH, Numbers};
use super::map_file::{MapRow, MapWriter, Prediction};
use super::progress::Progress;
use super::request::Request;
use super::session::Session;
use super::target::TargetRule;
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
    let look = &first.look;
    let target = TargetRule::new(&look.target, set.classes())?;
    let requests: Vec<_> = stages
        .iter()
        .map(|stage| Request::new(&stage.method, &stage.layers, &stage.look, &network))
        .collect::<Result<_, _>>()?;
    let InputSize { height, width } = experiment.data.input.size;
    let numbers = Numbers { precision: first.precision, size: [height, width], batch: BATCH };
    let session = Session::new(&network, requests, look, numbers, experiment.evaluation.interpolation)?;

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
        let labels: Vec<usize> = batch.indices.iter().map(|index| set.label(*index)).collect();
        let images = Images { pixels: batch.pixels.into(), count: labels.len(), height, width };
        let seen = session.look(&images, |logits| target.choose(logits, &labels))?;
        let classes = seen.logits.len() / labels.len();
        let of = |logits: &Vec<f32>, at: usize, class: usize| {
            Prediction::new(&logits[at * classes..][..classes], class)
        };
        for (stage, images) in writers.iter_mut().zip(&seen.maps) {
            for (at, made) in images.iter().enumerate() {
                let refined = seen.refined.as_ref().map(|logits| of(logits, at, seen.targets[at]));
                let row = MapRow {
                    index: batch.indices[at],
                    target: seen.targets[at],
                    prediction: of(&seen.logits, at, labels[at]),
                    flag: made.flag,
                    refined_probability: refined.map(|refined| refined.label_probability),
                    seconds: made.seconds,
                    forwards: made.forwards,
                };
                stage.push(&made.map, &row)?;
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

use std::sync::Arc;

use super::map_file::{MapRow, MapWriter};
use super::prediction_file::PredictionWriter;
use super::progress::Progress;
use super::{StageError, network, sample};
use camlab_config::MapOptions;
use camlab_data::{self as data, Batches, Dataset, InputSize};
use camlab_engine::Precision;
use camlab_explain::ClassPrediction;
use camlab_explain::frozen::{BATCH, ComputeOptions};
use camlab_explain::request::Request;
use camlab_explain::session::Session;
use camlab_explain::target::{KnownLabels, TargetRule};
use camlab_nn::Images;
use camlab_plan::{Facts, MapStage, Passes, Plan, PredictStage};
use camlab_store::{Draft, Store};

/// Stages computed together in the same passes: the maps of several stages that share network, images, target and
/// precision, and the network's logits if requested.
pub struct PassGroup<'a> {
    /// Index into [`Plan::networks`].
    pub network: usize,
    /// Number format of the engines.
    pub precision: Precision,
    /// Index of a cell that the group belongs to; all such cells share the data options.
    pub cell: usize,
    /// The map stages.
    pub maps: Vec<(&'a MapStage, &'a Passes)>,
    /// The stage that stores the logits, if requested.
    pub prediction: Option<&'a PredictStage>,
}

/// Computes all stages of a group from shared passes: one forward pass and, if a method needs gradients, one backward
/// pass to the earliest layer. Returns the skipped images with the reasons.
///
/// # Errors
/// A network, a target or images that are missing or cannot be used.
pub fn run(
    plan: &Plan,
    facts: &Facts,
    store: &Store,
    group: &PassGroup<'_>,
    progress: Progress,
) -> anyhow::Result<Vec<String>> {
    let experiment = &plan.cells[group.cell].experiment;
    let stage = &plan.networks[group.network];
    let network = network::finished(plan, facts, store, stage)?;
    let set: Arc<dyn Dataset> = data::open(&experiment.data.test)?.into();
    let indices = sample::indices(experiment, set.len())?;
    let InputSize { height, width } = experiment.data.input.size;
    let numbers = ComputeOptions { precision: group.precision, size: [height, width], batch: BATCH };
    // Without maps only logits are computed, which no map option changes.
    let look = group.maps.first().map_or_else(MapOptions::default, |(_, passes)| passes.look.clone());
    let target = match group.maps.is_empty() {
        true => TargetRule::Predicted,
        false => TargetRule::new(&look.target, set.classes(), KnownLabels::of(experiment, &set))?,
    };
    let requests: Vec<_> = group
        .maps
        .iter()
        .map(|(_, passes)| Request::new(&passes.method, &passes.layers, &passes.look, &network))
        .collect::<Result<_, _>>()?;
    let session = Session::new(&network, requests, &look, numbers, experiment.evaluation.interpolation)?;

    let drafts: Vec<_> =
        group.maps.iter().map(|(stage, _)| store.draft(&stage.spec)).collect::<Result<_, _>>()?;
    let mut writers: Vec<_> =
        drafts.iter().map(|d| MapWriter::create(&d.path(""))).collect::<Result<_, _>>()?;
    let scores = group.prediction.map(|stage| store.draft(&stage.spec)).transpose()?;
    let mut score_writer =
        scores.as_ref().map(|draft| PredictionWriter::create(&draft.path(""))).transpose()?;
    let title = match group.maps.len() {
        0 => format!("scores of {}", stage.spec.label),
        kinds => format!("maps of {} ({kinds} kinds)", stage.spec.label),
    };
    let mut task = progress.task(title, indices.len(), "images");
    let (mut usable, mut skipped) = (0, Vec::new());
    let loading = experiment.data.loading();
    for batch in Batches::new(set.clone(), indices, loading) {
        let batch = batch?;
        for (index, error) in &batch.skipped {
            skipped.push(format!("{}: {error}", set.id(*index)));
        }
        task.advance(batch.indices.len() + batch.skipped.len());
        // A batch may hold only unreadable images.
        if batch.indices.is_empty() {
            continue;
        }
        // Labels are used only for the columns of the evaluation; the passes do not read them.
        let labels: Vec<usize> = batch.indices.iter().map(|index| set.label(*index)).collect();
        let images = Images { pixels: batch.pixels.into(), count: labels.len(), height, width };
        let seen = session.maps(&images, |logits| target.choose(logits, &batch.indices))?;
        let classes = seen.logits.len() / labels.len();
        let predictions = |logits: &[f32], of: &[usize]| -> Vec<ClassPrediction> {
            logits
                .chunks_exact(classes)
                .zip(of)
                .map(|(row, class)| ClassPrediction::new(row, *class))
                .collect()
        };
        if let Some(writer) = &mut score_writer {
            for (index, row) in batch.indices.iter().zip(seen.logits.chunks_exact(classes)) {
                writer.push(*index, row)?;
            }
        }
        let said = predictions(&seen.logits, &labels);
        let refined = seen.refined.as_ref().map(|logits| predictions(logits, &seen.targets));
        for (stage, images) in writers.iter_mut().zip(&seen.maps) {
            for (at, made) in images.iter().enumerate() {
                let row = MapRow {
                    index: batch.indices[at],
                    target: seen.targets[at],
                    prediction: said[at].clone(),
                    flag: made.flag,
                    refined_probability: refined.as_ref().map(|refined| refined[at].label_probability),
                    seconds: made.seconds,
                    forwards: made.forwards,
                };
                stage.push(&made.map, &row)?;
            }
        }
        usable += labels.len();
    }
    if usable == 0 {
        anyhow::bail!(
            "none of the {} test images can be read; the first error: {}",
            skipped.len(),
            skipped[0]
        );
    }
    for (writer, draft) in writers.into_iter().zip(drafts) {
        writer.finish()?;
        publish(draft, &skipped)?;
    }
    if let (Some(writer), Some(draft)) = (score_writer, scores) {
        writer.finish(&draft.path(""))?;
        publish(draft, &skipped)?;
    }
    task.finish(if skipped.is_empty() {
        String::new()
    } else {
        format!("{} bad images skipped", skipped.len())
    });
    Ok(skipped)
}

fn publish(draft: Draft, skipped: &[String]) -> Result<(), StageError> {
    let path = draft.path(SKIPPED);
    std::fs::write(&path, skipped.join("\n")).map_err(StageError::io("write", &path))?;
    draft.finish()?;
    Ok(())
}

/// File that lists the unreadable images, one per line, in each artefact of a group.
pub const SKIPPED: &str = "skipped.txt";

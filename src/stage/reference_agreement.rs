//! Similarity of one method's maps to a reference method's maps, per image.

use rayon::prelude::*;

use super::map_source::{KnownImage, MapSource};
use super::prepare::enlarged;
use super::progress::Progress;
use camlab_data as data;
use camlab_frame::{self as frame, AgreementRow};
use camlab_plan::{Plan, ReferenceAgreementStage};
use camlab_raster::similarity;
use camlab_store::Store;

/// Number of pairs compared at a time; bounds the memory independently of the number of images.
const CHUNK: usize = 64;

/// Compares the maps of two evaluations and writes one row per image.
///
/// # Errors
/// An artefact that is missing or damaged, maps of different images.
pub fn run(
    plan: &Plan,
    store: &Store,
    stage: &ReferenceAgreementStage,
    progress: Progress,
) -> anyhow::Result<()> {
    let experiment = &plan.cells[stage.cell].experiment;
    let set = data::open(&experiment.data.test)?;
    let [reference, other] = [stage.reference, stage.other].map(|at| &plan.evaluations[at]);
    let mut exact = MapSource::open(plan, store, reference, set.as_ref())?;
    let mut maps = MapSource::open(plan, store, other, set.as_ref())?;
    let count = exact.rows.len().min(maps.rows.len());
    let mut task = progress.task(format!("compare {}", stage.spec.label), count, "images");
    let mut rows = Vec::with_capacity(count);
    for start in (0..count).step_by(CHUNK) {
        let pairs: Vec<_> = exact.chunk(start, CHUNK)?.into_iter().zip(maps.chunk(start, CHUNK)?).collect();
        let compared = pairs.par_iter().map(|((first, exact), (second, map))| {
            anyhow::ensure!(
                first.index == second.index,
                "the maps and the reference maps are of different images"
            );
            let found = similarity(&enlarged(experiment, exact), &enlarged(experiment, map));
            let found = found.ok_or_else(|| anyhow::anyhow!("a map has no pixels"))?;
            let forwards = |known: &KnownImage| {
                known.seen.as_ref().map(|row| u32::try_from(row.forwards).unwrap_or(u32::MAX))
            };
            Ok(AgreementRow {
                cell: String::new(),
                seed: 0,
                network: String::new(),
                method: other.method.clone(),
                layer: other.layer.clone(),
                reference: reference.method.clone(),
                reference_layer: reference.layer.clone(),
                image: set.id(first.index).to_string(),
                pearson: found.pearson.map(|value| value as f32),
                spearman: found.spearman.map(|value| value as f32),
                difference: found.difference as f32,
                kl: found.kl as f32,
                ssim: found.ssim.map(|value| value as f32),
                forwards: forwards(second),
                reference_forwards: forwards(first),
                seconds: second.seen.as_ref().map_or(0.0, |row| row.seconds),
            })
        });
        let compared: Vec<AgreementRow> = compared.collect::<anyhow::Result<_>>()?;
        task.advance(compared.len());
        rows.extend(compared);
    }
    let draft = store.draft(&stage.spec)?;
    frame::write(&draft.path(""), &rows)?;
    draft.finish()?;
    task.finish("");
    Ok(())
}

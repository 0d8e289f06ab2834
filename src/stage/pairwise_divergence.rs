//! Pairwise KL divergence between the maps of a network (step A12 of the source article: divergence between methods).

use rayon::prelude::*;

use super::map_source::MapSource;
use super::prepare::enlarged;
use super::progress::Progress;
use camlab_data as data;
use camlab_frame::{self as frame, BetweenRow};
use camlab_plan::{PairwiseDivergenceStage, Plan};
use camlab_raster::{Map, divergences};
use camlab_store::Store;

/// Number of images processed at a time; each has as many upsampled maps as there are methods.
const CHUNK: usize = 8;

/// Computes the divergence of every ordered pair of maps, averaged over the images, and writes one row per pair.
///
/// # Errors
/// An artefact that is missing or damaged.
pub fn run(
    plan: &Plan,
    store: &Store,
    stage: &PairwiseDivergenceStage,
    progress: Progress,
) -> anyhow::Result<()> {
    let experiment = &plan.cells[stage.cell].experiment;
    let set = data::open(&experiment.data.test)?;
    let stages: Vec<_> = stage.maps.iter().map(|map| &plan.maps[*map]).collect();
    let mut sources: Vec<MapSource<'_>> =
        stages.iter().map(|map| MapSource::stored(store, map, set.as_ref())).collect::<Result<_, _>>()?;
    let indices: Vec<usize> =
        sources.first().map(|s| s.rows.iter().map(|row| row.index).collect()).unwrap_or_default();
    let mut task = progress.task(format!("compare {}", stage.spec.label), indices.len(), "images");
    let count = stages.len();
    let mut sums = vec![(0.0f64, 0u32); count * count];
    for chunk in indices.chunks(CHUNK) {
        let mut images: Vec<Vec<Map>> = Vec::with_capacity(chunk.len());
        for index in chunk {
            let maps =
                sources.iter_mut().map(|source| source.of(*index)).collect::<Result<Option<_>, _>>()?;
            images.extend(maps);
        }
        let found: Vec<Vec<Vec<Option<f64>>>> = images
            .par_iter()
            .map(|maps| {
                let maps: Vec<Map> = maps.iter().map(|map| enlarged(experiment, map)).collect();
                divergences(&maps)
            })
            .collect();
        // Summed in the order of the images, so that the result does not depend on the number of threads.
        for image in found {
            for (sum, kl) in sums.iter_mut().zip(image.into_iter().flatten()) {
                if let Some(kl) = kl {
                    *sum = (sum.0 + kl, sum.1 + 1);
                }
            }
        }
        task.advance(chunk.len());
    }
    let row = |(place, (sum, n)): (usize, (f64, u32))| BetweenRow {
        cell: String::new(),
        seed: 0,
        network: String::new(),
        method: stages[place / count].method.clone(),
        layer: stages[place / count].layer.clone(),
        other_method: stages[place % count].method.clone(),
        other_layer: stages[place % count].layer.clone(),
        kl: (n > 0).then(|| sum / f64::from(n)),
        n,
    };
    let rows: Vec<BetweenRow> = sums.into_iter().enumerate().map(row).collect();
    let draft = store.draft(&stage.spec)?;
    frame::write(&draft.path(""), &rows)?;
    draft.finish()?;
    task.finish("");
    Ok(())
}

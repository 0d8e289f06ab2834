//! The measured cost of every stage, as a frame.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use camlab_frame::{CostRow, FrameWriter};
use camlab_plan::Shown;
use camlab_store::{Cost, StoreError};

use super::artefacts::Artefacts;

/// The cost of a stage without its images.
#[derive(Clone, Copy)]
struct StageCost {
    seconds: f64,
    images: usize,
    seconds_per_image: Option<f64>,
    passes_per_image: Option<f64>,
    peak_bytes: Option<u64>,
}

impl StageCost {
    fn new(cost: &Cost) -> Self {
        let images = cost.images.len();
        let mean = |sum: f64| (images > 0).then(|| sum / images as f64);
        let passes: u64 = cost.images.iter().map(|image| image.forwards).sum();
        Self {
            seconds: cost.seconds,
            images,
            seconds_per_image: mean(cost.images.iter().map(|image| image.seconds).sum()),
            passes_per_image: mean(passes as f64),
            peak_bytes: cost.peak_bytes,
        }
    }
}

/// Writes `cost.parquet`: for every cell the stages that its artefacts are made from, those that failed left out.
pub(super) fn write(artefacts: &Artefacts<'_>, out: &Path) -> anyhow::Result<()> {
    let plan = artefacts.plan;
    let mut shown: Vec<Vec<&Shown>> = vec![Vec::new(); plan.cells.len()];
    plan.shown.iter().for_each(|entry| shown[entry.cell].push(entry));
    let mut known: HashMap<usize, Option<StageCost>> = HashMap::new();
    let mut writer = FrameWriter::new::<CostRow>(out)?;
    for (cell, shown) in plan.cells.iter().zip(&shown) {
        let mut rows = Vec::new();
        for stage in needed(artefacts, shown) {
            let cost = match known.get(&stage) {
                Some(cost) => *cost,
                None => {
                    let cost = recorded(artefacts, stage)?;
                    known.insert(stage, cost);
                    cost
                }
            };
            let made = plan.stages.get(stage);
            rows.extend(maps_of(shown, stage).into_iter().map(|[network, method, layer, contrast]| {
                CostRow {
                    experiment: cell.experiment.name.clone(),
                    cell: cell.id.clone(),
                    seed: cell.seed as i64,
                    stage: made.spec.kind.to_string(),
                    key: made.place().key.to_string(),
                    network,
                    method,
                    layer,
                    contrast,
                    label: made.hints.label.clone(),
                    seconds: cost.map(|cost| cost.seconds),
                    images: cost.map_or(0, |cost| cost.images as u32),
                    seconds_per_image: cost.and_then(|cost| cost.seconds_per_image),
                    passes_per_image: cost.and_then(|cost| cost.passes_per_image),
                    peak_bytes: cost.and_then(|cost| cost.peak_bytes),
                }
            }));
        }
        writer.rows(&rows)?;
    }
    Ok(writer.finish()?)
}

/// The recorded cost of a stage; `None` if the record is damaged, for which no result is made again.
fn recorded(artefacts: &Artefacts<'_>, stage: usize) -> Result<Option<StageCost>, StoreError> {
    match artefacts.store.cost(&artefacts.plan.stages.get(stage).place()) {
        Ok(cost) => Ok(Some(StageCost::new(&cost))),
        Err(error) if error.is_damage() => Ok(None),
        Err(error) => Err(error),
    }
}

/// The stages that a cell's artefacts are made from, in the order of the plan; without those that failed.
fn needed(artefacts: &Artefacts<'_>, shown: &[&Shown]) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    let of = |shown: &&Shown| {
        let others = shown.beside.values().chain(&shown.quantities).copied();
        std::iter::once(shown.stage).chain(others).collect::<Vec<_>>()
    };
    let mut open: Vec<usize> = shown.iter().flat_map(of).collect();
    while let Some(stage) = open.pop() {
        if !artefacts.failures.lacks(stage) && found.insert(stage) {
            open.extend(artefacts.plan.stages.inputs(stage));
        }
    }
    found
}

/// Network, method, layer and contrast of the maps that a stage makes or reads, each once; empty for other stages, and
/// the contrast for stages before it. A stage that the cell shows under two names has two.
fn maps_of(shown: &[&Shown], stage: usize) -> Vec<[String; 4]> {
    let text = |shown: &Shown, column: &str| shown.names.text(column).to_owned();
    let made = |shown: &&&Shown| shown.beside.get("maps") == Some(&stage);
    let mut names: Vec<[String; 4]> = shown
        .iter()
        .filter(made)
        .map(|shown| [text(shown, "network"), text(shown, "method"), text(shown, "layer"), String::new()])
        .collect();
    if names.is_empty() {
        let read = |shown: &&&Shown| {
            let mut others = shown.beside.iter().filter(|(role, _)| **role != "predictions");
            shown.stage == stage
                || others.any(|(_, beside)| *beside == stage)
                || shown.quantities.contains(&stage)
        };
        let all =
            |shown: &&Shown| ["network", "method", "layer", "contrast"].map(|column| text(shown, column));
        names = shown.iter().filter(read).map(all).collect();
    }
    names.sort();
    names.dedup();
    if names.is_empty() { vec![Default::default()] } else { names }
}

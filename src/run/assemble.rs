use std::collections::HashMap;
use std::path::Path;

use anyhow::Context as _;
use rayon::prelude::*;

use super::RunError;
use super::about::{about, cells};
use super::columns::columns;
use super::job::Runner;
use super::scores::{ByImage, Scores};
use super::{claims, gallery};
use camlab_frame::{
    self as frame, AgreementRow, BetweenRow, CurveKind, CurveRow, Direction, FusionRow, ImageRow,
    IntuitiveRow, PathRow, PredictionRow, PredictionSummaryRow, Row, RunRow, SanityRow, StepRow, SummaryRow,
    TitleRow, TrainingRow,
};
use camlab_parts::cam::CamSpec;
use camlab_parts::contrast::ContrastSpec;
use camlab_parts::metric::{self, Bootstrap, Contours, ImageColumns, MetricScore, MetricSpec};
use camlab_plan::{Cell, Plan};
use camlab_raster::Flag;
use camlab_stage::chain;
use camlab_store::{Store, StoreError};

/// Collects the rows of every stage into the report's frames and renders the report from them.
///
/// `failed` are the errors of networks that the report lacks.
pub(super) fn report(
    runner: &Runner<'_>,
    out: &Path,
    seconds: f64,
    failed: &[RunError],
) -> anyhow::Result<()> {
    std::fs::create_dir_all(out).map_err(StoreError::io("create", out))?;
    let (plan, store) = (runner.plan, &runner.store);
    let (mut images, mut scores, mut probabilities) = (Vec::new(), Scores::default(), Vec::new());
    for (cell, uses) in plan.cells.iter().zip(&plan.uses) {
        for used in uses {
            let stage = &plan.evaluations[used.evaluation];
            let mut rows: Vec<ImageRow> = frame::read(&store.require(&stage.spec)?)?;
            for row in &mut rows {
                row.cell.clone_from(&cell.id);
                row.seed = cell.seed as i64;
                row.network.clone_from(&used.network);
            }
            images.push((cell, rows));
            probabilities.push(scores.of(plan, store, used)?);
        }
    }
    let (summary, curves): (Vec<_>, Vec<_>) = images
        .par_iter()
        .zip(&probabilities)
        .map(|((cell, rows), known)| (summarise(cell, rows, known.as_deref()), curves(cell, rows)))
        .unzip();
    frame::write::<SummaryRow>(out, &summary.into_iter().flatten().collect::<Vec<_>>())?;
    frame::write::<CurveRow>(out, &curves.into_iter().flatten().collect::<Vec<_>>())?;
    frame::write(out, &claims::rows(&images))?;
    let images: Vec<ImageRow> = images.into_iter().flat_map(|(_, rows)| rows).collect();
    frame::write(out, &images)?;
    let gallery = gallery::rows(plan, store, &images)?;
    frame::write(out, &gallery)?;
    chain::frames::write(plan, store, &gallery, out)?;
    frame::write(out, &intuitive(plan, store)?)?;
    frame::write(out, &between(plan, store)?)?;
    frame::write::<PredictionRow>(out, &analyses(plan, store, PredictionRow::under)?)?;
    frame::write::<PredictionSummaryRow>(out, &answers(plan, store)?)?;
    frame::write(out, &networks(plan, store, TrainingRow::under)?)?;
    frame::write(out, &networks(plan, store, StepRow::under)?)?;
    frame::write(out, &networks(plan, store, FusionRow::under)?)?;
    let (agreements, sanities) = compared(plan, store)?;
    frame::write(out, &agreements)?;
    frame::write(out, &sanities)?;
    frame::write(out, &networks(plan, store, PathRow::under)?)?;
    frame::write(out, &cells(plan))?;
    frame::write(out, &titles())?;
    let mut about = about(runner, seconds)?;
    about.extend(failed.iter().map(|error| RunRow::new("failed", error)));
    frame::write(out, &about)?;
    (runner.render)(out).context("cannot render the report")?;
    Ok(())
}

/// The comparisons of every cell, with the cell's names for networks.
fn compared(plan: &Plan, store: &Store) -> anyhow::Result<(Vec<AgreementRow>, Vec<SanityRow>)> {
    let (mut agreements, mut sanities) = (Vec::new(), Vec::new());
    for (cell, compared) in plan.cells.iter().zip(&plan.compared) {
        let seed = cell.seed as i64;
        for (stage, name) in &compared.agreements {
            let rows: Vec<AgreementRow> = frame::read(&store.require(&plan.agreements[*stage].spec)?)?;
            agreements.extend(rows.iter().map(|row| row.under(&cell.id, seed, name)));
        }
        for (stage, name) in &compared.sanities {
            let rows: Vec<SanityRow> = frame::read(&store.require(&plan.sanities[*stage].spec)?)?;
            sanities.extend(rows.iter().map(|row| row.under(&cell.id, seed, name)));
        }
    }
    Ok((agreements, sanities))
}

fn summarise(cell: &Cell, images: &[ImageRow], known: Option<&ByImage>) -> Vec<SummaryRow> {
    let Some(first) = images.first() else { return Vec::new() };
    let evaluation = &cell.experiment.evaluation;
    let mut rows = columns(images);
    if let Some(known) = known {
        let of_image = |row: &ImageRow| known.get(&(row.index as usize)).cloned();
        rows.class_probabilities = images.iter().map(of_image).collect::<Option<_>>().unwrap_or_default();
    }
    let bootstrap = Bootstrap { resamples: evaluation.bootstrap, seed: cell.seed, confidence: 0.95 };
    metric::summarise(&evaluation.metrics, &rows, bootstrap)
        .into_iter()
        .map(|score| summary_row(cell, first, score))
        .chain(std::iter::once(seconds_per_image(cell, images, first)))
        .chain(forwards_per_image(cell, images, first))
        .chain(odd_maps(cell, images, first))
        .collect()
}

fn summary_row(cell: &Cell, first: &ImageRow, score: MetricScore) -> SummaryRow {
    SummaryRow {
        ci_low: score.ci_low,
        ci_high: score.ci_high,
        unit: score.measure.unit.to_string(),
        direction: match score.measure.direction {
            metric::Direction::HigherIsBetter => Direction::Higher,
            metric::Direction::LowerIsBetter => Direction::Lower,
        },
        ..plain_row(cell, first, score.measure.name, score.value, score.n)
    }
}

/// Mean time per image, a row of the metrics' table.
fn seconds_per_image(cell: &Cell, images: &[ImageRow], first: &ImageRow) -> SummaryRow {
    let mean = images.iter().map(|row| row.seconds).sum::<f64>() / images.len() as f64;
    SummaryRow { unit: "s".into(), ..plain_row(cell, first, "seconds".into(), mean, images.len()) }
}

/// Mean number of forward passes per image, a machine-independent cost; `None` for baselines.
fn forwards_per_image(cell: &Cell, images: &[ImageRow], first: &ImageRow) -> Option<SummaryRow> {
    let known: Vec<f64> = images.iter().filter_map(|row| row.forwards).map(f64::from).collect();
    let mean = known.iter().sum::<f64>() / known.len() as f64;
    let row = || plain_row(cell, first, "forwards".into(), mean, known.len());
    (!known.is_empty()).then(|| SummaryRow { unit: "passes".into(), ..row() })
}

/// Number of degenerate maps (column `flag`); `None` if there are none.
fn odd_maps(cell: &Cell, images: &[ImageRow], first: &ImageRow) -> Option<SummaryRow> {
    let odd = images.iter().filter(|row| row.flag != Flag::None.name()).count();
    let row = || plain_row(cell, first, "flagged".into(), odd as f64, images.len());
    (odd > 0).then(|| SummaryRow { unit: "maps".into(), ..row() })
}

/// A row without unit and interval, for which lower is better.
fn plain_row(cell: &Cell, first: &ImageRow, metric: String, value: f64, n: usize) -> SummaryRow {
    SummaryRow {
        experiment: cell.experiment.name.clone(),
        cell: cell.id.clone(),
        seed: cell.seed as i64,
        network: first.network.clone(),
        method: first.method.clone(),
        layer: first.layer.clone(),
        contrast: first.contrast.clone(),
        metric,
        value,
        ci_low: None,
        ci_high: None,
        n: n as u32,
        unit: String::new(),
        direction: Direction::Lower,
    }
}

fn curves(cell: &Cell, images: &[ImageRow]) -> Vec<CurveRow> {
    let Some(first) = images.first() else { return Vec::new() };
    let known = ImageColumns {
        iou_any: images.iter().map(|row| row.iou_any.clone()).collect(),
        ..ImageColumns::default()
    };
    let mut rows = Vec::new();
    for delta in metric::deltas(&cell.experiment.evaluation.metrics) {
        for (level, accuracy) in metric::accuracy_curve(&known, delta, Contours::Any).into_iter().enumerate()
        {
            rows.push(CurveRow {
                cell: cell.id.clone(),
                seed: cell.seed as i64,
                network: first.network.clone(),
                method: first.method.clone(),
                layer: first.layer.clone(),
                contrast: first.contrast.clone(),
                kind: CurveKind::Any,
                delta: delta as f32,
                level: level as u32,
                accuracy,
            });
        }
    }
    rows
}

/// Rows of networks (learning curves, steps of fusions), once per cell that uses the network, with the cell's name
/// for it.
fn networks<R: Row>(
    plan: &Plan,
    store: &Store,
    under: fn(&R, &str, i64, &str) -> R,
) -> anyhow::Result<Vec<R>> {
    let mut known: HashMap<usize, Vec<R>> = HashMap::new();
    let mut all = Vec::new();
    for (cell, uses) in plan.cells.iter().zip(&plan.uses) {
        let mut shown = Vec::new();
        for used in uses {
            let Some(network) = plan.network_behind(used) else { continue };
            let stage = &plan.networks[network];
            if !stage.is_kept() || shown.contains(&(network, &used.network)) {
                continue;
            }
            shown.push((network, &used.network));
            if let std::collections::hash_map::Entry::Vacant(entry) = known.entry(network) {
                let folder = store.require(&stage.spec)?;
                // An averaged network has no learning curve, a trained one no steps of fusion.
                let rows = folder.join(R::FILE).is_file().then(|| frame::read(&folder)).transpose()?;
                entry.insert(rows.unwrap_or_default());
            }
            let rows = known[&network].iter();
            all.extend(rows.map(|row| under(row, &cell.id, cell.seed as i64, &used.network)));
        }
    }
    Ok(all)
}

/// Rows of the classifications from class maps, once per cell that shows them.
fn analyses<R: Row>(
    plan: &Plan,
    store: &Store,
    under: fn(&R, &str, i64, &str) -> R,
) -> anyhow::Result<Vec<R>> {
    let mut all = Vec::new();
    for (cell, shown) in plan.cells.iter().zip(&plan.analysed) {
        for shown in shown {
            let spec = &plan.analyses[shown.analysis].spec;
            let rows: Vec<R> = frame::read(&store.require(spec)?)?;
            all.extend(rows.iter().map(|row| under(row, &cell.id, cell.seed as i64, &shown.network)));
        }
    }
    Ok(all)
}

/// Pairwise divergences between maps, once per cell that shows them.
fn between(plan: &Plan, store: &Store) -> anyhow::Result<Vec<BetweenRow>> {
    let mut all = Vec::new();
    for (cell, shown) in plan.cells.iter().zip(&plan.related) {
        for (relation, network) in shown {
            let spec = &plan.relations[*relation].spec;
            let rows: Vec<BetweenRow> = frame::read(&store.require(spec)?)?;
            all.extend(rows.iter().map(|row| row.under(&cell.id, cell.seed as i64, network)));
        }
    }
    Ok(all)
}

/// Accuracies of the classifications; the rows of the network's own softmax, which every analysis repeats, are kept
/// once.
fn answers(plan: &Plan, store: &Store) -> anyhow::Result<Vec<PredictionSummaryRow>> {
    let mut rows = analyses(plan, store, PredictionSummaryRow::under)?;
    let mut known = std::collections::HashSet::new();
    rows.retain(|row| {
        let key = (row.cell.clone(), row.network.clone(), row.metric.clone());
        row.method != frame::SOFTMAX || known.insert(key)
    });
    Ok(rows)
}

/// Similarities of maps to the reference map (`evaluation.intuitive`), once per cell that shows them.
fn intuitive(plan: &Plan, store: &Store) -> anyhow::Result<Vec<IntuitiveRow>> {
    let mut all = Vec::new();
    for (cell, uses) in plan.cells.iter().zip(&plan.uses) {
        for used in uses {
            let stage = &plan.evaluations[used.evaluation];
            if stage.intuitive.is_none() {
                continue;
            }
            let rows: Vec<IntuitiveRow> = frame::read(&store.require(&stage.spec)?)?;
            all.extend(rows.into_iter().map(|row| IntuitiveRow {
                cell: cell.id.clone(),
                seed: cell.seed as i64,
                network: used.network.clone(),
                ..row
            }));
        }
    }
    Ok(all)
}

/// The names that papers print, for every name that TOML gives to a method, a metric or a contrast.
fn titles() -> Vec<TitleRow> {
    let row = |kind: &str, name: &str, title: &str, summary: &str| TitleRow {
        kind: kind.to_owned(),
        name: name.to_owned(),
        title: title.to_owned(),
        summary: summary.to_owned(),
    };
    let registries = [
        ("method", CamSpec::entries()),
        ("metric", MetricSpec::entries()),
        ("contrast", ContrastSpec::entries()),
    ];
    let mut rows: Vec<TitleRow> = registries
        .iter()
        .flat_map(|(kind, entries)| {
            entries.iter().map(|entry| row(kind, entry.name, entry.title, entry.summary))
        })
        .collect();
    let costs = [
        (
            "seconds",
            "Time per image",
            "wall-clock time of one map: its share of the batch's passes and the method's own",
        ),
        (
            "forwards",
            "Forward passes",
            "forward passes that one map needs, those shared with other maps counted in full",
        ),
        (
            "flagged",
            "Degenerate maps",
            "maps that are constant, zero, without a positive value or not finite",
        ),
    ];
    rows.extend(costs.map(|(name, title, summary)| row("metric", name, title, summary)));
    rows
}

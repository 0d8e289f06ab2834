use std::path::Path;

use anyhow::Context as _;
use rayon::prelude::*;

use super::about::{about, cells};
use super::artefacts::{Artefacts, EvaluatedImages, Quantities};
use super::columns::columns;
use super::executor::Failures;
use super::job::Runner;
use super::scores::{ByImage, Scores};
use super::{chains, claims, gallery};
use camlab_frame::{self as frame, CurveKind, CurveRow, Direction, ImageRow, RunRow, SummaryRow, TitleRow};
use camlab_graph::Stage;
use camlab_parts::cam::CamSpec;
use camlab_parts::contrast::ContrastSpec;
use camlab_parts::metric::{self, Bootstrap, Contours, ImageColumns, MetricScore, MetricSpec};
use camlab_plan::Cell;
use camlab_raster::Flag;
use camlab_stage::Work as _;
use camlab_stage::evaluate::Evaluate;
use camlab_store::StoreError;

/// Collects the rows of every stage into the report's frames and renders the report from them. Returns `false` if no
/// evaluation is left to report on.
pub(super) fn report(
    runner: &Runner<'_>,
    out: &Path,
    seconds: f64,
    failures: &Failures,
) -> anyhow::Result<bool> {
    let (plan, store) = (runner.plan, &runner.store);
    let artefacts = Artefacts { plan, store, failures };
    let (mut images, mut scores, mut probabilities) = (Vec::new(), Scores::default(), Vec::new());
    for shown in artefacts.shown(Evaluate::KIND) {
        images.push((&plan.cells[shown.cell], artefacts.images(shown)?));
        let of = |stage: &usize| scores.of(plan, store, *stage);
        probabilities.push(shown.beside.get("predictions").map(of).transpose()?);
    }
    let only_baselines =
        images.iter().flat_map(|(_, images)| images.rows.first()).all(|row| row.forwards.is_none());
    if !failures.is_empty() && only_baselines {
        return Ok(false);
    }
    std::fs::create_dir_all(out).map_err(StoreError::io("create", out))?;
    let (summary, curves): (Vec<_>, Vec<_>) = images
        .par_iter()
        .zip(&probabilities)
        .map(|((cell, images), known)| {
            (summarise(cell, images, known.as_deref()), curves(cell, &images.rows))
        })
        .unzip();
    frame::write::<SummaryRow>(out, &summary.into_iter().flatten().collect::<Vec<_>>())?;
    frame::write::<CurveRow>(out, &curves.into_iter().flatten().collect::<Vec<_>>())?;
    frame::write(out, &claims::rows(&images))?;
    let (images, quantities) = joined(images);
    frame::write_with(out, &images, &quantities)?;
    let gallery = gallery::rows(&artefacts, &images)?;
    frame::write(out, &gallery)?;
    chains::write(&artefacts, &gallery, out)?;
    frame::write(out, &artefacts.answers()?)?;
    frame::write(out, &artefacts.fusions()?)?;
    frame::write(out, &artefacts.divergences()?)?;
    frame::write(out, &artefacts.agreements()?)?;
    frame::write(out, &artefacts.randomisations()?)?;
    artefacts.others(out)?;
    frame::write(out, &cells(plan))?;
    frame::write(out, &titles())?;
    let mut about = about(runner, seconds)?;
    about.extend(failures.errors().map(|error| RunRow::new(RunRow::FAILED, error)));
    about.extend(failures.skipped().iter().map(|(stage, cause)| {
        let named = |index: usize| {
            let Stage { spec, hints, .. } = plan.stages.get(index);
            format!("{} of `{}`", spec.kind, hints.label)
        };
        RunRow::new(RunRow::MISSING, format!("{} needs the {}", named(*stage), named(*cause)))
    }));
    frame::write(out, &about)?;
    (runner.render)(out).context("cannot render the report")?;
    Ok(true)
}

/// The rows of all evaluations, and the columns that their metrics add; empty where a metric measured nothing.
fn joined(evaluations: Vec<(&Cell, EvaluatedImages)>) -> (Vec<ImageRow>, Quantities) {
    let (mut rows, mut quantities) = (Vec::new(), Quantities::new());
    for (_, images) in evaluations {
        for (column, values) in images.quantities {
            let column: &mut Vec<_> = quantities.entry(column).or_default();
            column.resize(rows.len(), None);
            column.extend(values);
        }
        rows.extend(images.rows);
    }
    quantities.values_mut().for_each(|column| column.resize(rows.len(), None));
    (rows, quantities)
}

fn summarise(cell: &Cell, evaluated: &EvaluatedImages, known: Option<&ByImage>) -> Vec<SummaryRow> {
    let images = &evaluated.rows;
    let Some(first) = images.first() else { return Vec::new() };
    let evaluation = &cell.experiment.evaluation;
    let mut rows = columns(evaluated);
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

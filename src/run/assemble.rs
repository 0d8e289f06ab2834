use std::path::Path;
use std::time::{Instant, SystemTime};

use anyhow::Context as _;
use rayon::prelude::*;

use super::about::{about, cells};
use super::artefacts::Artefacts;
use super::claims::ClaimTests;
use super::classification::{ClassFrames, per_class};
use super::completed::KnownRows;
use super::evaluations::{EvaluatedMap, Sizes};
use super::failures::Failures;
use super::gallery::ImageRanking;
use super::job::Runner;
use super::map_thresholds::map_thresholds;
use super::scores::Scores;
use super::search::written;
use super::summaries::{curves, mean_curves, summarise};
use super::{chains, cost, gallery, provenance};
use camlab_frame::{
    self as frame, CurveRow, Frame, FrameError, FrameQueue, FrameWriter, ImageRow, MapThresholdRow,
    ProbabilityCurveRow, QuantityColumn, RunRow, SimilarityMeasure, SummaryRow, TitleRow, swept_keys,
};
use camlab_graph::Stage;
use camlab_parts::cam::CamSpec;
use camlab_parts::contrast::ContrastSpec;
use camlab_parts::metric::MetricSpec;
use camlab_parts::search::SearchMethodSpec;
use camlab_plan::{Facts, Shown};
use camlab_stage::Work as _;
use camlab_stage::evaluate::Evaluate;
use camlab_store::StoreError;

/// Writes the report's frames from the rows of every stage, and its provenance, and renders the report from them. Returns `false` if no
/// evaluation is left to report on.
pub(super) fn report(
    runner: &Runner<'_>,
    out: &Path,
    begun: (SystemTime, Instant),
    failures: &Failures,
) -> anyhow::Result<bool> {
    let (plan, store) = (runner.plan, &runner.store);
    let artefacts = Artefacts { plan, store, failures, known: KnownRows::default() };
    let shown: Vec<&Shown> = artefacts.shown(Evaluate::KIND).collect();
    if !failures.is_empty() && shown.iter().all(|shown| !shown.beside.contains_key("maps")) {
        return Ok(false);
    }
    std::fs::create_dir_all(out).map_err(StoreError::io("create", out))?;
    let evaluations = evaluations(&artefacts, &shown, runner.facts, out)?;
    frame::write(out, &evaluations.claims.finish())?;
    let gallery = gallery::rows(&artefacts, evaluations.ranking)?;
    frame::write(out, &gallery)?;
    chains::write(&artefacts, &gallery, out)?;
    artefacts.write(out)?;
    cost::write(&artefacts, out)?;
    frame::write(out, &cells(plan))?;
    frame::write(out, &titles())?;
    written::write(runner.search, &artefacts, out)?;
    let provenance = provenance::gather(runner, begun.0, begun.1.elapsed().as_secs_f64());
    provenance::write(&provenance, runner, out)?;
    let mut about = about(runner, &provenance)?;
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

/// Left by the evaluations for later frames.
struct Evaluations<'a> {
    /// The tested claims.
    claims: ClaimTests<'a>,
    /// Images of the first cell by how well they are localised.
    ranking: ImageRanking,
}

/// Writes `images.parquet` and the frames of [`statistics`], some evaluations at a time.
fn evaluations<'a>(
    artefacts: &Artefacts<'a>,
    shown: &[&'a Shown],
    facts: &Facts,
    out: &Path,
) -> anyhow::Result<Evaluations<'a>> {
    let quantities = artefacts.quantity_columns(shown)?;
    let images = FrameWriter::with::<ImageRow>(out, &Frame::of_quantities("images.parquet", &quantities)?)?;
    FrameQueue::beside(images, |images| statistics(artefacts, shown, facts, &quantities, images, out))
}

/// Reads all evaluations, hands their rows over to `images`, and writes the frames of their statistics.
fn statistics<'a>(
    artefacts: &Artefacts<'a>,
    shown: &[&'a Shown],
    facts: &Facts,
    quantities: &[QuantityColumn],
    images: &FrameQueue<'_>,
    out: &Path,
) -> anyhow::Result<Evaluations<'a>> {
    let plan = artefacts.plan;
    let swept = swept_keys(&cells(plan))?;
    let mut summary = FrameWriter::with::<SummaryRow>(out, &swept)?;
    let mut points = FrameWriter::new::<CurveRow>(out)?;
    let mut means = FrameWriter::new::<ProbabilityCurveRow>(out)?;
    let mut thresholds = FrameWriter::new::<MapThresholdRow>(out)?;
    let mut classes = ClassFrames::new(facts, out)?;
    let mut scores = Scores::default();
    let mut left = Evaluations { claims: ClaimTests::new(artefacts), ranking: ImageRanking::default() };
    let mut sizes = Sizes::default();
    let mut done = 0;
    while done < shown.len() {
        let window = &shown[done..done + sizes.together(plan, &shown[done..])];
        let mut read: Vec<EvaluatedMap<'a>> = match window {
            // Many images: rows go to the file as they are read.
            [one] => vec![artefacts.evaluated(one, quantities, &mut |frame| images.push(frame))?],
            several => several
                .par_iter()
                .map(|shown| {
                    let mut rows = Vec::new();
                    let mut take = |frame| {
                        rows.push(frame);
                        Ok::<_, FrameError>(())
                    };
                    Ok((artefacts.evaluated(shown, quantities, &mut take)?, rows))
                })
                .collect::<anyhow::Result<Vec<_>>>()?
                .into_iter()
                .map(|(evaluated, rows)| {
                    rows.into_iter().try_for_each(|rows| images.push(rows))?;
                    anyhow::Ok(evaluated)
                })
                .collect::<anyhow::Result<_>>()?,
        };
        scores.keep(artefacts, window)?;
        for evaluated in &mut read {
            scores.add_to(evaluated);
            evaluated.join_rows(facts);
        }
        let lines: Vec<(Vec<SummaryRow>, [Frame; 3])> = read
            .par_iter()
            .map(|evaluated| {
                let frames = [curves(evaluated)?, mean_curves(evaluated)?, per_class(facts, evaluated)?];
                Ok((summarise(evaluated), frames))
            })
            .collect::<anyhow::Result<_>>()?;
        let rows: Vec<SummaryRow> = lines.iter().flat_map(|(rows, ..)| rows).cloned().collect();
        summary.push(&Frame::of(&rows)?.joined(&swept, &["cell", "seed"])?)?;
        for (evaluated, (_, [curves, mean_curves, per_class])) in read.iter().zip(&lines) {
            points.push(curves)?;
            means.push(mean_curves)?;
            classes.add(evaluated, per_class)?;
        }
        for evaluated in &read {
            thresholds.push(&map_thresholds(evaluated)?)?;
            left.claims.add(evaluated, artefacts, facts)?;
            left.ranking.add(evaluated);
            sizes.learn(plan, evaluated);
        }
        done += window.len();
    }
    summary.finish()?;
    points.finish()?;
    means.finish()?;
    thresholds.finish()?;
    classes.finish()?;
    Ok(left)
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
        ("search", SearchMethodSpec::entries()),
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
            "wall-clock time of one map: its share of the batch's passes and the method's own, measured once",
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
    let similarities = SimilarityMeasure::ALL.iter();
    rows.extend(similarities.map(|measure| row("metric", measure.name, measure.title, measure.summary)));
    rows
}

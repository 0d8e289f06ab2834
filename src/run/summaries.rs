//! The rows of `summary.parquet`, `curves.parquet` and `mean-curves.parquet` that one evaluation gives.

use std::collections::HashSet;
use std::sync::Arc;

use camlab_frame::{
    CurveKind, CurvePoint, CurveRow, Direction, Frame, FrameError, ProbabilityCurveRow, ProbabilityPoint,
    SummaryRow,
};
use camlab_parts::metric::{self, Bootstrap, Contours, MetricScore};

use super::evaluations::EvaluatedMap;

/// The metrics of an evaluation with their intervals, and what its maps cost.
pub(super) fn summarise(evaluated: &EvaluatedMap<'_>) -> Vec<SummaryRow> {
    if evaluated.indices.is_empty() {
        return Vec::new();
    }
    let cell = evaluated.cell;
    let evaluation = &cell.experiment.evaluation;
    let bootstrap = Bootstrap { resamples: evaluation.bootstrap, seed: cell.seed, confidence: 0.95 };
    metric::summarise(&evaluation.metrics, &evaluated.columns, bootstrap)
        .into_iter()
        .map(|score| summary_row(evaluated, score))
        .chain(forwards_per_image(evaluated))
        .chain(odd_maps(evaluated))
        .collect()
}

fn summary_row(evaluated: &EvaluatedMap<'_>, score: MetricScore) -> SummaryRow {
    SummaryRow {
        ci_low: score.ci_low,
        ci_high: score.ci_high,
        unit: score.measure.unit.to_string(),
        direction: match score.measure.direction {
            metric::Direction::HigherIsBetter => Direction::Higher,
            metric::Direction::LowerIsBetter => Direction::Lower,
        },
        ..plain_row(evaluated, score.measure.name, score.value, score.n)
    }
}

/// Mean number of forward passes per image, a machine-independent cost; `None` for baselines.
fn forwards_per_image(evaluated: &EvaluatedMap<'_>) -> Option<SummaryRow> {
    let (sum, images) = evaluated.forwards;
    let mean = sum as f64 / images as f64;
    let row = || plain_row(evaluated, "forwards".into(), mean, images);
    (images > 0).then(|| SummaryRow { unit: "passes".into(), ..row() })
}

/// Number of degenerate maps (column `flag`); `None` if there are none.
fn odd_maps(evaluated: &EvaluatedMap<'_>) -> Option<SummaryRow> {
    let odd = evaluated.flagged;
    let row = || plain_row(evaluated, "flagged".into(), odd as f64, evaluated.indices.len());
    (odd > 0).then(|| SummaryRow { unit: "maps".into(), ..row() })
}

/// A row without unit and interval, for which lower is better.
fn plain_row(evaluated: &EvaluatedMap<'_>, metric: String, value: f64, n: usize) -> SummaryRow {
    let cell = evaluated.cell;
    let [network, method, layer, contrast] = evaluated.map().map(str::to_owned);
    SummaryRow {
        experiment: cell.experiment.name.clone(),
        cell: cell.id.clone(),
        seed: cell.seed as i64,
        network,
        method,
        layer,
        contrast,
        metric,
        value,
        ci_low: None,
        ci_high: None,
        n: n as u32,
        unit: String::new(),
        direction: Direction::Lower,
    }
}

/// The accuracy curves of an evaluation, one point per IoU threshold and level.
pub(super) fn curves(evaluated: &EvaluatedMap<'_>) -> Result<Frame, FrameError> {
    let mut points = Vec::new();
    for delta in metric::deltas(&evaluated.cell.experiment.evaluation.metrics) {
        let curve = metric::accuracy_curve(&evaluated.columns.boxes, delta, Contours::Any);
        points.extend(curve.into_iter().enumerate().map(|(level, accuracy)| CurvePoint {
            kind: CurveKind::Any,
            delta: delta as f32,
            level: level as u32,
            accuracy,
        }));
    }
    Frame::of(&points)?.named::<CurveRow>(evaluated.names())
}

/// The mean curves that the metrics of an evaluation measure; one that several metrics read is there once.
pub(super) fn mean_curves(evaluated: &EvaluatedMap<'_>) -> Result<Frame, FrameError> {
    let metrics = &evaluated.cell.experiment.evaluation.metrics;
    let (mut points, mut known) = (Vec::new(), HashSet::new());
    for curve in metrics.iter().flat_map(|spec| spec.metric().mean_curves(&evaluated.columns)) {
        let name: Arc<str> = curve.column.into();
        if known.insert(Arc::clone(&name)) {
            points.extend(curve.points.into_iter().map(|(position, value)| ProbabilityPoint {
                curve: Arc::clone(&name),
                position,
                value,
                images: curve.images as u32,
            }));
        }
    }
    Frame::of(&points)?.named::<ProbabilityCurveRow>(evaluated.names())
}

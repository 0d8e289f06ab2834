//! The answer in one sentence, and what the data can say about the differences behind it.

use std::collections::HashMap;

use serde::Serialize;

use super::analysis::{Analysis, is_max_box_acc_v2};
use super::format;
use super::series::Series;
use camlab_frame::UNCHANGED;
use camlab_frame::aggregate::Aggregate;
use camlab_frame::paired::{self, Difference, FEW_IMAGES};

/// The sentence and the paired comparisons under it.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Verdict {
    /// The answer.
    pub text: String,
    /// What weakens the answer; empty when nothing does.
    pub warnings: Vec<String>,
    /// Every other method against the best.
    pub comparisons: Vec<Comparison>,
    /// Coverage of the intervals in `comparisons`, per cent, corrected for their number.
    pub coverage: String,
}

/// The best method against another on the same images.
#[derive(Debug, Clone, Serialize)]
pub struct Comparison {
    /// The other.
    pub label: String,
    /// Whether the other looks at no network.
    pub baseline: bool,
    /// Best minus other, percentage points.
    pub difference: String,
    /// Its interval.
    pub interval: String,
    /// What can be said.
    pub reading: &'static str,
    /// Images both saw.
    pub images: usize,
}

/// Draws the verdict.
pub fn verdict(analysis: &Analysis<'_>) -> Verdict {
    let (Some(best), Some(metric)) = (analysis.best(), &analysis.headline) else {
        return Verdict { text: "No method has a result yet.".to_owned(), ..Verdict::default() };
    };
    let series = Series::of(best);
    let spread = spread(best);
    let mut text = format!(
        "{} leads with {} {}{}{}",
        series.label(),
        metric.name,
        with_unit(best.value, &metric.unit),
        if spread.is_empty() { String::new() } else { format!(" {spread}") },
        if analysis.configurations.len() > 1 {
            format!(" under {}", best.configuration)
        } else {
            String::new()
        },
    );
    let scores = is_max_box_acc_v2(&metric.name).then(|| scores(analysis, &best.configuration));
    if let Some(baseline) = analysis.baseline(&best.configuration)
        && let (Some(value), Some(than)) = (best.value, baseline.value)
    {
        let gap = if metric.better(than, value) { "behind" } else { "ahead of" };
        text += &format!(
            ", {} {gap} {} ({})",
            points((value - than).abs(), &metric.unit),
            baseline.method,
            with_unit(Some(than), &metric.unit),
        );
        if let Some(found) =
            scores.as_ref().and_then(|all| between(all, &series, &Series::of(baseline), 0.95))
        {
            text += &format!(
                "; paired over {}: {} [{}, {}] points, {}",
                format::count(found.images, "image"),
                format::difference(found.mean, "%"),
                format::difference(found.low, "%"),
                format::difference(found.high, "%"),
                match (found.is_enough(), found.is_clear()) {
                    (false, _) => "too few images to tell",
                    (true, true) => "a clear difference",
                    (true, false) => "the data cannot tell them apart",
                },
            );
        }
    }
    text.push('.');
    let mut verdict = Verdict { text, ..Verdict::default() };
    if analysis.configurations.len() > 1 {
        verdict.warnings.push(format!(
            "The winner was picked among {} on the images that rank it, which flatters its lead; confirm it on images \
             that had no part in the choice.",
            format::count(analysis.configurations.len(), "configuration"),
        ));
    }
    if (best.images as usize) < FEW_IMAGES {
        let images = format::count(best.images as usize, "image");
        verdict
            .warnings
            .push(format!("With {images} the intervals cannot be trusted; take at least {FEW_IMAGES}."));
    }
    if let Some(scores) = scores {
        compare(&mut verdict, &scores, &series);
    }
    verdict
}

/// The best against every other, each interval widened so that all hold together (Bonferroni).
fn compare(verdict: &mut Verdict, scores: &[(Series, HashMap<&str, f64>)], best: &Series) {
    let others: Vec<&Series> =
        scores.iter().map(|(series, _)| series).filter(|series| *series != best).collect();
    let coverage = 1.0 - 0.05 / others.len().max(1) as f64;
    verdict.coverage = format!("{:.2}", 100.0 * coverage);
    for series in others {
        let Some(found) = between(scores, best, series, coverage) else { continue };
        verdict.comparisons.push(Comparison {
            label: series.label(),
            baseline: series.is_baseline(),
            difference: format::difference(found.mean, "%"),
            interval: format!(
                "[{}, {}]",
                format::difference(found.low, "%"),
                format::difference(found.high, "%")
            ),
            reading: match (found.is_enough(), found.is_clear(), found.mean > 0.0) {
                (false, ..) => "too few images",
                (true, false, _) => "cannot tell",
                (true, true, true) => "clearly lower",
                (true, true, false) => "clearly higher",
            },
            images: found.images,
        });
    }
}

fn scores<'a>(analysis: &Analysis<'a>, configuration: &str) -> Vec<(Series, HashMap<&'a str, f64>)> {
    let mut rows: Vec<(Series, Vec<_>)> =
        analysis.series.iter().map(|series| (series.clone(), vec![])).collect();
    let places: HashMap<(&str, &str, &str), usize> = analysis
        .series
        .iter()
        .enumerate()
        .map(|(place, s)| ((s.network.as_str(), s.method.as_str(), s.layer.as_str()), place))
        .collect();
    for outcome in analysis.frames.outcomes.iter().filter(|row| row.contrast == UNCHANGED) {
        let key = (outcome.network.as_str(), outcome.method.as_str(), outcome.layer.as_str());
        if let Some(place) = places.get(&key)
            && analysis.belongs(&outcome.cell, outcome.seed, configuration)
        {
            rows[*place].1.push(outcome);
        }
    }
    rows.into_iter().map(|(series, rows)| (series, paired::scores(rows))).collect()
}

fn between(
    scores: &[(Series, HashMap<&str, f64>)],
    first: &Series,
    second: &Series,
    coverage: f64,
) -> Option<Difference> {
    let of = |wanted: &Series| scores.iter().find(|(series, _)| series == wanted).map(|(_, scores)| scores);
    paired::difference(of(first)?, of(second)?, coverage)
}

/// The spread beside a value: the deviation over seeds, else the interval over images, else nothing.
pub fn spread(aggregate: &Aggregate) -> String {
    match (aggregate.deviation, aggregate.interval) {
        (Some(deviation), _) => format!("± {}", format::beside(deviation, aggregate.value, &aggregate.unit)),
        (None, Some(interval)) => format::interval(interval, aggregate.value, &aggregate.unit),
        (None, None) => String::new(),
    }
}

fn with_unit(value: Option<f64>, unit: &str) -> String {
    format!("{} {unit}", format::value(value, unit)).trim_end().to_owned()
}

fn points(difference: f64, unit: &str) -> String {
    let unit_name = if unit == "%" { "points" } else { unit };
    format!("{} {unit_name}", format::value(Some(difference), unit)).trim_end().to_owned()
}

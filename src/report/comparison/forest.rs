//! The figures of a comparison: the differences of each metric.

use super::input::{ReportComparison, letter};
use super::results::{label, title};
use super::wording;
use crate::error::ReportError;
use crate::figure::{Figure, Forest, ForestMark, ForestRow, forest};
use crate::titles::Titles;
use camlab_frame::compared::ComparedMeasure;

/// Maximum number of metrics with a figure.
const MOST: usize = 8;

/// A figure per metric with a difference, the first ones.
///
/// # Errors
/// An error of the drawing library.
pub fn figures(comparison: &ReportComparison) -> Result<Vec<Figure>, ReportError> {
    let titles = Titles(comparison.titles.clone());
    let mut metrics: Vec<Vec<&ComparedMeasure>> = Vec::new();
    for measure in &comparison.metrics {
        if measure.differences.iter().flatten().next().is_none() {
            continue;
        }
        let same = |known: &&mut Vec<&ComparedMeasure>| {
            known
                .first()
                .is_some_and(|known| (&known.metric, &known.unit) == (&measure.metric, &measure.unit))
        };
        match metrics.iter_mut().find(same) {
            Some(known) => known.push(measure),
            None => metrics.push(vec![measure]),
        }
    }
    let mut figures = Vec::new();
    for (at, measures) in metrics.iter().take(MOST).enumerate() {
        figures.extend(forest(&content(comparison, at, measures, &titles))?);
    }
    Ok(figures)
}

fn content(
    comparison: &ReportComparison,
    at: usize,
    measures: &[&ComparedMeasure],
    titles: &Titles,
) -> Forest {
    let first = measures.first().map(|measure| title(measure, titles)).unwrap_or_default();
    let unit = measures.first().map_or("", |measure| wording::unit_of_difference(&measure.unit));
    let reports = comparison.reports.len();
    let row = |measure: &&ComparedMeasure| ForestRow {
        label: label(&measure.place, titles),
        baseline: &*measure.place[0] == camlab_frame::BASELINE,
        marks: measure
            .differences
            .iter()
            .enumerate()
            .filter_map(|(report, found)| {
                let found = found.as_ref()?;
                let paired = found.paired.as_ref().ok();
                let mean = wording::difference(measure, found, found.mean);
                Some(ForestMark {
                    series: report.checked_sub(1)?,
                    mean: found.mean,
                    interval: paired.map(|paired| (paired.interval.low, paired.interval.high)),
                    text: match paired {
                        Some(_) => {
                            format!("{mean} {}", wording::interval(measure, found)).trim_end().to_owned()
                        }
                        None => format!("{mean} (not paired)"),
                    },
                })
            })
            .collect(),
    };
    let series = (1..reports)
        .map(|report| format!("{} − {} ({})", letter(report), letter(0), comparison.reports[report].name));
    Forest {
        name: format!("differences-{}", at + 1),
        title: first.clone(),
        caption: format!(
            "Difference to {}; whiskers: paired 95 % interval, not corrected for the number of \
             differences. Rings: not paired, without an interval.",
            letter(0)
        ),
        axis: match unit {
            "" => format!("difference to {}", letter(0)),
            unit => format!("difference to {}, {unit}", letter(0)),
        },
        series: series.collect(),
        rows: measures.iter().map(row).filter(|row: &ForestRow| !row.marks.is_empty()).collect(),
    }
}

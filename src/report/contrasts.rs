//! Table of every method's metrics under every contrast (step A12 of the source article). A contrast is a
//! transformation of a map before evaluation.

use super::analysis::{Analysis, ShownMetric, distinct, is_max_box_acc_v2};
use super::format;
use super::section::Section;
use super::series::Series;
use super::table::{Heading, Table, TableEntry, TableLine};
use camlab_frame::UNCHANGED;
use camlab_frame::aggregate::Aggregate;

/// Metrics of the table: each name is the whole metric name or its part before `@`.
const KINDS: [&str; 4] = ["pixel-auc", "tpr", "fpr", "kl"];

/// The metrics of the table: pixel metrics first, then box accuracy.
pub fn metrics<'b>(analysis: &'b Analysis<'_>) -> Vec<&'b ShownMetric> {
    let is = |name: &str, kind: &str| {
        name == kind
            || name.strip_prefix(kind).is_some_and(|rest| rest.starts_with('@') || rest.starts_with(" ("))
    };
    let mut found: Vec<&ShownMetric> = Vec::new();
    for kind in KINDS.map(|kind| analysis.title("metric", kind)) {
        found.extend(analysis.metrics.iter().filter(|metric| is(&metric.name, kind)));
    }
    found.extend(analysis.headline.as_ref().filter(|metric| is_max_box_acc_v2(&metric.name)));
    found
}

/// Display name of a contrast.
pub fn words(contrast: &str) -> &str {
    match contrast {
        UNCHANGED => "unchanged",
        other => other,
    }
}

/// Names of all contrasts, unchanged maps first.
pub fn contrasts(analysis: &Analysis<'_>) -> Vec<String> {
    let mut all = vec![UNCHANGED.to_owned()];
    let others = distinct(analysis.contrasted.iter().map(|aggregate| &aggregate.contrast));
    all.extend(others.iter().map(ToString::to_string));
    all
}

/// The table for the reference configuration; `None` without contrasts.
pub fn section(analysis: &Analysis<'_>) -> Option<Section> {
    let contrasts = contrasts(analysis);
    let metrics = metrics(analysis);
    if contrasts.len() < 2 || metrics.is_empty() {
        return None;
    }
    let mut lines = Vec::new();
    for series in &analysis.series {
        let under =
            |contrast: &String| Some((series.under(contrast), line(analysis, series, contrast, &metrics)?));
        let mut group: Vec<(Series, TableLine)> = contrasts.iter().filter_map(under).collect();
        mark(&mut group, analysis, &metrics);
        lines.extend(group.into_iter().map(|(_, line)| line));
    }
    let seeded = lines.iter().any(|line| line.seeds > 1);
    let headings = metrics.iter().map(|metric| Heading {
        name: metric.name.to_string(),
        unit: metric.unit.clone(),
        arrow: format::arrow(metric.direction),
    });
    let table = Table {
        title: String::new(),
        names: vec!["network", "method", "layer", "contrast"],
        headings: headings.collect(),
        lines,
        seeded,
        ..Table::default()
    };
    let mut note = String::from(
        "Metrics on the test images of the unchanged maps and of the same maps after each contrast, a \
         transformation applied before evaluation. Signed numbers: difference from the unchanged maps. Marked: \
         best value among the lines of one method. Histogram stretching keeps the order of pixels, so metrics that \
         only rank pixels (AUC, box accuracy at the best threshold) change only through clipping at both ends.",
    );
    if analysis.configurations.len() > 1 {
        note += &format!(" Configuration: {}.", analysis.reference);
    }
    Some(Section {
        id: "contrasts",
        title: "Contrasts: before and after",
        note,
        figures: Vec::new(),
        tables: vec![table],
    })
}

fn line(
    analysis: &Analysis<'_>,
    series: &Series,
    contrast: &str,
    metrics: &[&ShownMetric],
) -> Option<TableLine> {
    let of = |contrast: &str, metric: &ShownMetric| {
        analysis.find(&analysis.reference, &series.under(contrast), &metric.name)
    };
    let found: Vec<_> = metrics.iter().map(|metric| of(contrast, metric)).collect();
    let images = found.iter().flatten().map(|a| a.images).max()?;
    let seeds = found.iter().flatten().map(|a| a.seeds).max()?;
    let entry = |(aggregate, metric): (&Option<_>, &&ShownMetric)| {
        let value = aggregate.and_then(|a: &Aggregate| a.value);
        let before = of(UNCHANGED, metric).and_then(|a| a.value).filter(|_| contrast != UNCHANGED);
        let spread = match (value, before) {
            (Some(value), Some(before)) => format::change(value - before, value, &metric.unit),
            _ => String::new(),
        };
        TableEntry { text: format::value(value, &metric.unit), spread, best: false, images: None }
    };
    let entries = found.iter().zip(metrics).map(entry).collect();
    let names =
        vec![series.network.clone(), series.method.clone(), series.layer.clone(), words(contrast).to_owned()];
    Some(TableLine { names, baseline: series.is_baseline(), images, seeds, entries })
}

/// Marks the best contrast of a method for each metric, if the values differ.
fn mark(group: &mut [(Series, TableLine)], analysis: &Analysis<'_>, metrics: &[&ShownMetric]) {
    for (place, metric) in metrics.iter().enumerate() {
        let value = |(series, _): &(Series, TableLine)| {
            analysis.find(&analysis.reference, series, &metric.name)?.value
        };
        let values: Vec<Option<f64>> = group.iter().map(value).collect();
        let known: Vec<f64> = values.iter().flatten().copied().collect();
        let best = known.iter().copied().reduce(|a, b| if metric.better(b, a) { b } else { a });
        if known.iter().all(|value| Some(*value) == best) {
            continue;
        }
        for ((_, line), value) in group.iter_mut().zip(&values) {
            line.entries[place].best = value.is_some() && *value == best;
        }
    }
}

//! Tables of the Markdown and HTML reports.

use serde::Serialize;

use super::analysis::{Analysis, ShownMetric, best_of};
use super::format;
use super::series::Series;
use super::verdict::spread;
use camlab_frame::aggregate::Aggregate;

/// A column's heading.
#[derive(Debug, Clone, Serialize)]
pub struct Heading {
    /// Metric; in a comparison of configurations, series.
    pub name: String,
    /// Unit; empty when there is none.
    pub unit: String,
    /// Arrow in the direction of improvement; empty in a comparison.
    pub arrow: &'static str,
}

/// One value with its spread.
#[derive(Debug, Clone, Default, Serialize)]
pub struct TableEntry {
    /// The value, or an en dash.
    pub text: String,
    /// `± deviation` or `[low, high]`; empty when there is none.
    pub spread: String,
    /// True for the best value of the non-baselines.
    pub best: bool,
    /// Number of images, if it differs from the line's.
    pub images: Option<u32>,
}

/// One line.
#[derive(Debug, Clone, Serialize)]
pub struct TableLine {
    /// The leading names: network, method, layer; or the configuration alone.
    pub names: Vec<String>,
    /// True for a baseline.
    pub baseline: bool,
    /// Number of images.
    pub images: u32,
    /// Number of seeds.
    pub seeds: usize,
    /// One entry per heading.
    pub entries: Vec<TableEntry>,
}

/// A table of values.
#[derive(Debug, Clone, Serialize)]
pub struct Table {
    /// Subject: a configuration or a metric; may be empty.
    pub title: String,
    /// Headings of the leading names.
    pub names: Vec<&'static str>,
    /// Headings of the values.
    pub headings: Vec<Heading>,
    /// The lines.
    pub lines: Vec<TableLine>,
    /// True if a line covers several seeds, so that its spread is a standard deviation.
    pub seeded: bool,
}

/// The results of one configuration: series by metrics.
pub fn results(analysis: &Analysis<'_>, configuration: &str) -> Table {
    let lines = analysis.series.iter().filter_map(|series| {
        let found: Vec<_> = analysis
            .metrics
            .iter()
            .map(|metric| analysis.find(configuration, series, &metric.name))
            .collect();
        let images = found.iter().flatten().map(|a| a.images).max()?;
        let seeds = found.iter().flatten().map(|a| a.seeds).max()?;
        Some(TableLine {
            names: vec![series.network.clone(), series.method.clone(), series.layer.clone()],
            baseline: series.is_baseline(),
            images,
            seeds,
            entries: found.into_iter().map(|aggregate| entry(aggregate, images)).collect(),
        })
    });
    let mut table = Table {
        title: configuration.to_owned(),
        names: vec!["network", "method", "layer"],
        headings: analysis
            .metrics
            .iter()
            .map(|m| Heading {
                name: m.name.clone(),
                unit: m.unit.clone(),
                arrow: format::arrow(m.direction),
            })
            .collect(),
        lines: lines.collect(),
        seeded: false,
    };
    table.seeded = table.lines.iter().any(|line| line.seeds > 1);
    for (place, metric) in analysis.metrics.iter().enumerate() {
        let column: Vec<&Aggregate> = analysis
            .aggregates
            .iter()
            .filter(|a| a.configuration == configuration && a.metric == metric.name)
            .collect();
        if let Some(best) = winner(metric, &column) {
            for line in table.lines.iter_mut().filter(|line| !line.baseline) {
                let series = Series::new(&line.names[0], &line.names[1], &line.names[2]);
                let value = analysis.find(configuration, &series, &metric.name).and_then(|a| a.value);
                line.entries[place].best = value == Some(best);
            }
        }
    }
    table
}

/// One metric across configurations: configurations by series.
pub fn comparison(analysis: &Analysis<'_>, metric: &ShownMetric) -> Table {
    let column: Vec<&Aggregate> = analysis.aggregates.iter().filter(|a| a.metric == metric.name).collect();
    let best = winner(metric, &column);
    let lines = analysis.configurations.iter().filter_map(|configuration| {
        let found: Vec<_> =
            analysis.series.iter().map(|series| analysis.find(configuration, series, &metric.name)).collect();
        let images = found.iter().flatten().map(|a| a.images).max()?;
        let seeds = found.iter().flatten().map(|a| a.seeds).max()?;
        let entries = found.into_iter().zip(&analysis.series).map(|(aggregate, series)| {
            let value = aggregate.and_then(|a| a.value);
            let best = !series.is_baseline() && best.is_some() && value == best;
            TableEntry { best, ..entry(aggregate, images) }
        });
        let entries = entries.collect();
        Some(TableLine { names: vec![configuration.clone()], baseline: false, images, seeds, entries })
    });
    let headings =
        analysis.series.iter().map(|s| Heading { name: s.label(), unit: String::new(), arrow: "" }).collect();
    let unit = if metric.unit.is_empty() { String::new() } else { format!(" ({})", metric.unit) };
    let title = format!("{}{unit} {}", metric.name, format::arrow(metric.direction));
    let lines: Vec<TableLine> = lines.collect();
    let seeded = lines.iter().any(|line| line.seeds > 1);
    Table { title, names: vec!["configuration"], headings, lines, seeded }
}

fn winner(metric: &ShownMetric, column: &[&Aggregate]) -> Option<f64> {
    best_of(metric, column.iter().copied().filter(|a| !Series::of(a).is_baseline()))
        .and_then(|best| best.value)
}

fn entry(aggregate: Option<&Aggregate>, images: u32) -> TableEntry {
    let Some(found) = aggregate else {
        return TableEntry { text: format::MISSING.to_owned(), ..TableEntry::default() };
    };
    let images = (found.value.is_some() && found.images != images).then_some(found.images);
    TableEntry { text: format::value(found.value, &found.unit), spread: spread(found), best: false, images }
}

//! Tables of the Markdown and HTML reports.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};

use super::analysis::{Analysis, ShownMetric, best_of};
use super::columns::{CellText, column_parts, column_width};
use super::fold::fold;
use super::format;
use super::series::Series;
use super::verdict::spread;
use camlab_frame::aggregate::Aggregate;
use camlab_frame::{BASELINE, CostRow, Row as _, SummaryRow};

/// Maximum number of configurations in a comparison.
const MOST_CONFIGURATIONS: usize = 24;

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

/// A table of values. Templates see `parts` besides its fields: the ranges of columns that stand beside each other.
#[derive(Debug, Clone, Default)]
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
    /// Number of lines that are left out, in the frame `source`.
    pub hidden: usize,
    /// File of the frame that has all lines; empty in a table that leaves out none.
    pub source: &'static str,
}

impl Table {
    /// The columns of values that stand beside each other: `[start, end)` of each part of the table.
    fn parts(&self) -> Vec<[usize; 2]> {
        let lines = || self.lines.iter();
        let name = |place: usize| {
            let own = lines().filter_map(move |line| line.names.get(place)).map(|name| CellText::Name(name));
            column_width(own.chain([CellText::Heading(self.names[place])]))
        };
        let counts = ["images"].into_iter().chain(self.seeded.then_some("seeds"));
        let counts = counts.map(|heading| column_width([CellText::Heading(heading)]));
        let fixed = (0..self.names.len()).map(name).chain(counts).sum();
        let value = |(place, heading): (usize, &Heading)| {
            let entries = lines().filter_map(move |line| line.entries.get(place));
            let own =
                entries.flat_map(|entry| [CellText::Value(&entry.text), CellText::Spread(&entry.spread)]);
            column_width(own.chain([CellText::Heading(&heading.name), CellText::Name(&heading.unit)]))
        };
        let widths: Vec<f64> = self.headings.iter().enumerate().map(value).collect();
        column_parts(fixed, &widths)
    }
}

impl Serialize for Table {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Table", 8)?;
        fields.serialize_field("title", &self.title)?;
        fields.serialize_field("names", &self.names)?;
        fields.serialize_field("headings", &self.headings)?;
        fields.serialize_field("parts", &self.parts())?;
        fields.serialize_field("lines", &self.lines)?;
        fields.serialize_field("seeded", &self.seeded)?;
        fields.serialize_field("hidden", &self.hidden)?;
        fields.serialize_field("source", &self.source)?;
        fields.end()
    }
}

/// The results of one configuration: series by metrics.
pub fn results(analysis: &Analysis<'_>, configuration: &str) -> Table {
    let find = |series: &Series, metric: &ShownMetric| analysis.find(configuration, series, &metric.name);
    // A metric of other configurations, such as one at a swept threshold, has no column.
    let here = |metric: &&ShownMetric| analysis.series.iter().any(|series| find(series, metric).is_some());
    let metrics: Vec<&ShownMetric> = analysis.metrics.iter().filter(here).collect();
    let lines = analysis.series.iter().filter_map(|series| {
        let found: Vec<_> = metrics.iter().map(|metric| find(series, metric)).collect();
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
    let heading = |metric: &&ShownMetric| Heading {
        name: metric.name.to_string(),
        unit: metric.unit.clone(),
        arrow: format::arrow(metric.direction),
    };
    let mut table = Table {
        title: configuration.to_owned(),
        names: vec!["network", "method", "layer"],
        headings: metrics.iter().map(heading).collect(),
        lines: lines.collect(),
        ..Table::default()
    };
    table.seeded = table.lines.iter().any(|line| line.seeds > 1);
    for (place, metric) in metrics.into_iter().enumerate() {
        let column: Vec<&Aggregate> =
            analysis.series.iter().filter_map(|series| find(series, metric)).collect();
        if let Some(best) = winner(metric, &column) {
            for line in table.lines.iter_mut().filter(|line| !line.baseline) {
                let series = Series::new(&line.names[0], &line.names[1], &line.names[2]);
                let value = find(&series, metric).and_then(|a| a.value);
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
    let measured: HashSet<&str> = column.iter().map(|aggregate| &*aggregate.configuration).collect();
    let mut all = ranked(analysis, metric, &column);
    all.retain(|configuration| measured.contains(&**configuration));
    let (configurations, hidden) = fold(all, MOST_CONFIGURATIONS);
    let lines = configurations.into_iter().filter_map(|configuration| {
        let found: Vec<_> = analysis
            .series
            .iter()
            .map(|series| analysis.find(&configuration, series, &metric.name))
            .collect();
        let images = found.iter().flatten().map(|a| a.images).max()?;
        let seeds = found.iter().flatten().map(|a| a.seeds).max()?;
        let entries = found.into_iter().zip(&analysis.series).map(|(aggregate, series)| {
            let value = aggregate.and_then(|a| a.value);
            let best = !series.is_baseline() && best.is_some() && value == best;
            TableEntry { best, ..entry(aggregate, images) }
        });
        let entries = entries.collect();
        Some(TableLine { names: vec![configuration.to_string()], baseline: false, images, seeds, entries })
    });
    let headings =
        analysis.series.iter().map(|s| Heading { name: s.label(), unit: String::new(), arrow: "" }).collect();
    let unit = if metric.unit.is_empty() { String::new() } else { format!(" ({})", metric.unit) };
    let title = format!("{}{unit} {}", metric.name, format::arrow(metric.direction));
    let lines: Vec<TableLine> = lines.collect();
    let seeded = lines.iter().any(|line| line.seeds > 1);
    let source = if metric.unit == "s" { CostRow::FILE } else { SummaryRow::FILE };
    Table { title, names: vec!["configuration"], headings, lines, seeded, hidden, source }
}

/// The configurations in order of appearance; by their best value, if there are more than a table shows.
fn ranked(analysis: &Analysis<'_>, metric: &ShownMetric, column: &[&Aggregate]) -> Vec<Arc<str>> {
    let mut all = analysis.configurations.clone();
    if all.len() > MOST_CONFIGURATIONS {
        let mut best: HashMap<&str, f64> = HashMap::new();
        for aggregate in column.iter().filter(|a| &*a.network != BASELINE) {
            let Some(value) = aggregate.value else { continue };
            let known = best.entry(&aggregate.configuration).or_insert(value);
            if metric.better(value, *known) {
                *known = value;
            }
        }
        all.sort_by(|a, b| match (best.get(&**a), best.get(&**b)) {
            (Some(a), Some(b)) => metric.rank(*a, *b),
            (a, b) => b.is_some().cmp(&a.is_some()),
        });
    }
    all
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

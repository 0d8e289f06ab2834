use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::Path;

use super::column::RunColumn;
use super::entry::IndexedReport;
use super::expression::{FieldValue, folded};
use super::facts::{MetricFacts, ReportFacts, ResultFacts};
use camlab_base::registry::closest;
use rayon::prelude::*;

/// A column of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListColumn {
    /// A column that every run has.
    Run(RunColumn),
    /// A metric, by its place in [`RunListing::metrics`].
    Metric(usize),
    /// A key of the experiment, dotted; several that differ in case, `-` and `_` alone.
    Key(Vec<String>),
}

/// A name that no column has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no column is named `{name}`")]
pub struct UnknownColumn {
    /// The name as written.
    pub name: String,
    /// A column with a similar name.
    pub near: Option<String>,
}

impl UnknownColumn {
    /// The remedy.
    pub fn remedy(&self) -> String {
        match &self.near {
            Some(near) => format!("did you mean `{near}`?"),
            None => "docs/listing.md lists the columns; metrics and keys are those of the listed runs".into(),
        }
    }
}

/// A line of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListedRow {
    /// Place of the report.
    pub report: usize,
    /// Place of its row of results; `None` for a report without any.
    pub row: Option<usize>,
}

/// Reports with the columns that they have.
#[derive(Debug)]
pub struct RunListing {
    reports: Vec<IndexedReport>,
    /// The folder of each report as it is shown.
    names: Vec<String>,
    metrics: Vec<MetricFacts>,
    /// For every report the place of each metric among its own.
    places: Vec<Vec<Option<usize>>>,
}

impl RunListing {
    /// The list of some reports, whose folders are shown relative to `from` where they lie below it.
    pub fn new(reports: Vec<IndexedReport>, from: &Path) -> Self {
        let shown = |report: &IndexedReport| {
            let folder = report.folder.strip_prefix(from).unwrap_or(&report.folder);
            let inside = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            inside.display().to_string()
        };
        let names = reports.iter().map(shown).collect();
        let mut metrics: Vec<MetricFacts> = Vec::new();
        let mut known: HashMap<&str, usize> = HashMap::new();
        let mut local: Vec<Vec<usize>> = Vec::with_capacity(reports.len());
        for report in &reports {
            let of_report = report.facts.iter().flat_map(|facts| &facts.metrics);
            let numbers = of_report.map(|metric| {
                *known.entry(&metric.name).or_insert_with(|| {
                    metrics.push(metric.clone());
                    metrics.len() - 1
                })
            });
            local.push(numbers.collect());
        }
        let placed = |numbers: &Vec<usize>| {
            let mut places = vec![None; metrics.len()];
            numbers.iter().enumerate().for_each(|(place, number)| places[*number] = Some(place));
            places
        };
        let places = local.iter().map(placed).collect();
        Self { names, places, metrics, reports }
    }

    /// The reports.
    pub fn reports(&self) -> &[IndexedReport] {
        &self.reports
    }

    /// The metrics of all reports, in order of first appearance.
    pub fn metrics(&self) -> &[MetricFacts] {
        &self.metrics
    }

    /// The keys that a sweep of a report overrides, sorted.
    pub fn swept_keys<'a>(&'a self, rows: &[ListedRow]) -> Vec<&'a str> {
        let mut keys: BTreeSet<&str> = BTreeSet::new();
        for row in rows {
            let configuration =
                self.result(row).and_then(|(facts, row)| facts.configurations.get(row.configuration));
            keys.extend(configuration.iter().flat_map(|known| &known.swept).map(|(key, _)| key.as_str()));
        }
        keys.into_iter().collect()
    }

    /// The column of a name; case, `-`, `_` and spaces do not count.
    ///
    /// # Errors
    /// [`UnknownColumn`] with the closest name.
    pub fn column(&self, name: &str) -> Result<ListColumn, UnknownColumn> {
        let own = folded(name);
        if own == "tag" {
            return Ok(ListColumn::Run(RunColumn::Tags));
        }
        if let Some((column, ..)) = RunColumn::ALL.into_iter().find(|(_, known, _)| *known == own) {
            return Ok(ListColumn::Run(column));
        }
        let named = |metric: &MetricFacts| folded(&metric.name) == own || folded(&metric.title) == own;
        if let Some(place) = self.metrics.iter().position(named) {
            return Ok(ListColumn::Metric(place));
        }
        let keys = self.keys();
        let same: Vec<String> =
            keys.iter().filter(|key| folded(key) == own).map(|key| (*key).to_owned()).collect();
        if !same.is_empty() {
            return Ok(ListColumn::Key(same));
        }
        let below = |key: &&&str| folded(key).strip_suffix(&own).is_some_and(|rest| rest.ends_with('.'));
        let fixed = RunColumn::ALL.into_iter().map(|(_, name, _)| name);
        let metrics = self.metrics.iter().flat_map(|metric| [metric.name.as_str(), metric.title.as_str()]);
        let near = match keys.iter().find(below) {
            Some(key) if !own.is_empty() => Some(*key),
            _ => closest(name, fixed.chain(metrics).chain(keys.iter().copied())),
        };
        Err(UnknownColumn { name: name.to_owned(), near: near.map(str::to_owned) })
    }

    /// All keys of all experiments.
    fn keys(&self) -> BTreeSet<&str> {
        // Decoded here, each once.
        self.reports.par_iter().for_each(|report| {
            report.keys();
        });
        let mut keys: HashSet<&str> = HashSet::new();
        for report in &self.reports {
            keys.extend(report.keys().iter().map(|(key, _)| key.as_str()));
            let configurations = report.facts.iter().flat_map(|facts| &facts.configurations);
            keys.extend(configurations.flat_map(|known| &known.swept).map(|(key, _)| key.as_str()));
        }
        keys.into_iter().collect()
    }

    fn result(&self, row: &ListedRow) -> Option<(&ReportFacts, &ResultFacts)> {
        let facts = self.reports.get(row.report)?.facts.as_ref().ok()?;
        Some((facts, facts.rows.get(row.row?)?))
    }

    /// The value of a column; `None` where there is none.
    pub fn field<'a>(&'a self, row: &ListedRow, column: &ListColumn) -> Option<FieldValue<'a>> {
        match column {
            ListColumn::Run(column) if column.is_of_rows() => self.field_of_result(row, *column),
            ListColumn::Run(column) => self.field_of_report(row, *column),
            ListColumn::Metric(metric) => {
                let place = (*self.places.get(row.report)?.get(*metric)?)?;
                let (_, result) = self.result(row)?;
                result.values.get(place).copied().flatten().map(FieldValue::Number)
            }
            ListColumn::Key(names) => {
                let report = self.reports.get(row.report)?;
                let swept = self
                    .result(row)
                    .and_then(|(facts, result)| facts.configurations.get(result.configuration))
                    .map_or(&[][..], |known| &known.swept[..]);
                let mut all = swept.iter().chain(report.keys());
                all.find(|(key, _)| names.contains(key)).map(|(_, value)| value.field())
            }
        }
    }

    fn field_of_report(&self, row: &ListedRow, column: RunColumn) -> Option<FieldValue<'_>> {
        let report = self.reports.get(row.report)?;
        let facts = report.facts.as_ref().ok();
        let some = |text: &'_ str| !text.is_empty();
        match column {
            RunColumn::Run => self.names.get(row.report).map(|name| FieldValue::Text(name)),
            RunColumn::State => Some(FieldValue::Text(match facts {
                None => "unreadable",
                Some(facts) if facts.failed > 0 => "failed in part",
                Some(_) => "finished",
            })),
            RunColumn::Tags => Some(FieldValue::Texts(&report.labels.tags)),
            RunColumn::Note => {
                Some(report.labels.note.as_str()).filter(|note| some(note)).map(FieldValue::Text)
            }
            RunColumn::Experiment => {
                Some(facts?.experiment.as_str()).filter(|name| some(name)).map(FieldValue::Text)
            }
            RunColumn::Started => {
                Some(facts?.started.as_str()).filter(|time| some(time)).map(FieldValue::Prefix)
            }
            RunColumn::Minutes => facts?.seconds.map(|seconds| FieldValue::Number(seconds / 60.0)),
            RunColumn::Commit => {
                Some(facts?.commit.as_str()).filter(|commit| some(commit)).map(FieldValue::Prefix)
            }
            RunColumn::Dirty => {
                facts.filter(|facts| some(&facts.commit)).map(|facts| FieldValue::Truth(facts.dirty))
            }
            RunColumn::Host => Some(facts?.host.as_str()).filter(|host| some(host)).map(FieldValue::Text),
            _ => None,
        }
    }

    fn field_of_result(&self, row: &ListedRow, column: RunColumn) -> Option<FieldValue<'_>> {
        let (facts, result) = self.result(row)?;
        let configuration = facts.configurations.get(result.configuration)?;
        let name = |place: usize| facts.names.get(result.names[place]).map(String::as_str);
        let backbone =
            Some(configuration.backbone.as_str()).filter(|name| !result.baseline && !name.is_empty());
        match column {
            RunColumn::Network => Some(match backbone {
                Some(backbone) => FieldValue::Either(name(0)?, backbone),
                None => FieldValue::Text(name(0)?),
            }),
            RunColumn::Backbone => backbone.map(FieldValue::Text),
            RunColumn::Method => name(1).map(FieldValue::Text),
            RunColumn::Layer => name(2).map(FieldValue::Text),
            RunColumn::Configuration => {
                Some(configuration.label.as_str()).filter(|label| !label.is_empty()).map(FieldValue::Text)
            }
            RunColumn::Seeds => Some(FieldValue::Number(result.seeds as f64)),
            RunColumn::Images => Some(FieldValue::Number(f64::from(result.images))),
            _ => None,
        }
    }
}

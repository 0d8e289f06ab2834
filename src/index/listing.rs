use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::Path;

use super::column::RunColumn;
use super::entry::IndexedReport;
use super::expression::{FieldValue, folded};
use super::facts::{MetricFacts, ReportFacts, ResultFacts};
use super::value::ExperimentValue;
use camlab_base::registry::closest;
use rayon::prelude::*;

/// A column of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListColumn {
    /// A column that every run has.
    Run(RunColumn),
    /// A metric, by its place in [`RunListing::metrics`].
    Metric(usize),
    /// A key of the experiment, by its place among those that were asked for.
    Key(usize),
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
    keys: Vec<KeyColumn>,
}

/// The values of a key in all reports.
#[derive(Debug)]
struct KeyColumn {
    /// The dotted key; several that differ in case, `-` and `_` alone.
    names: Vec<String>,
    /// The value of each report that does not sweep it.
    values: Vec<Option<ExperimentValue>>,
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
        Self { names, places, metrics, reports, keys: Vec::new() }
    }

    /// The reports.
    pub fn reports(&self) -> &[IndexedReport] {
        &self.reports
    }

    /// The metrics of all reports, in order of first appearance.
    pub fn metrics(&self) -> &[MetricFacts] {
        &self.metrics
    }

    /// The columns of the keys that the sweeps of some rows' reports override, sorted.
    pub fn swept_columns(&mut self, rows: &[ListedRow]) -> Vec<ListColumn> {
        let mut keys: BTreeSet<String> = BTreeSet::new();
        for row in rows {
            let result = self.result(row);
            let configuration = result.and_then(|(facts, row)| facts.configurations.get(row.configuration));
            for (key, _) in configuration.iter().flat_map(|known| &known.swept) {
                if !keys.contains(key) {
                    keys.insert(key.clone());
                }
            }
        }
        keys.into_iter().map(|key| self.key_column(vec![key])).collect()
    }

    /// The name of a key's column.
    pub fn key_name(&self, key: usize) -> &str {
        self.keys.get(key).and_then(|column| column.names.first()).map_or("", String::as_str)
    }

    /// The column of a name; case, `-`, `_` and spaces do not count.
    ///
    /// # Errors
    /// [`UnknownColumn`] with the closest name.
    pub fn column(&mut self, name: &str) -> Result<ListColumn, UnknownColumn> {
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
        let keys = self.all_keys();
        let same: Vec<String> =
            keys.iter().filter(|key| folded(key) == own).map(|key| (*key).to_owned()).collect();
        if !same.is_empty() {
            return Ok(self.key_column(same));
        }
        let below = |key: &&String| folded(key).strip_suffix(&own).is_some_and(|rest| rest.ends_with('.'));
        let fixed = RunColumn::ALL.into_iter().map(|(_, name, _)| name);
        let metrics = self.metrics.iter().flat_map(|metric| [metric.name.as_str(), metric.title.as_str()]);
        let near = match keys.iter().find(below) {
            Some(key) if !own.is_empty() => Some(key.as_str()),
            _ => closest(name, fixed.chain(metrics).chain(keys.iter().map(String::as_str))),
        };
        Err(UnknownColumn { name: name.to_owned(), near: near.map(str::to_owned) })
    }

    /// All keys of all experiments.
    fn all_keys(&self) -> BTreeSet<String> {
        let texts: HashSet<&str> = self.reports.iter().map(|report| report.keys.names.as_str()).collect();
        let mut keys: HashSet<String> = HashSet::new();
        for text in texts {
            keys.extend(key_list(text));
        }
        for facts in self.reports.iter().filter_map(|report| report.facts.as_ref().ok()) {
            for (key, _) in facts.configurations.iter().flat_map(|known| &known.swept) {
                if !keys.contains(key) {
                    keys.insert(key.clone());
                }
            }
        }
        keys.into_iter().collect()
    }

    /// Adds the column of a key.
    fn key_column(&mut self, names: Vec<String>) -> ListColumn {
        if let Some(known) = self.keys.iter().position(|column| column.names == names) {
            return ListColumn::Key(known);
        }
        let mut places: HashMap<&str, Option<usize>> = HashMap::new();
        for report in &self.reports {
            let place = |text: &str| key_list(text).iter().position(|key| names.contains(key));
            places.entry(report.keys.names.as_str()).or_insert_with_key(|text| place(text));
        }
        let value = |report: &IndexedReport| {
            let place = places.get(report.keys.names.as_str()).copied().flatten()?;
            report.keys.value(place)
        };
        let values = self.reports.par_iter().map(value).collect();
        self.keys.push(KeyColumn { names, values });
        ListColumn::Key(self.keys.len() - 1)
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
                let facts = self.reports.get(row.report)?.facts.as_ref().ok()?;
                facts.value(row.row?, place).map(FieldValue::Number)
            }
            ListColumn::Key(key) => {
                let column = self.keys.get(*key)?;
                let swept = self
                    .result(row)
                    .and_then(|(facts, result)| facts.configurations.get(result.configuration))
                    .and_then(|known| known.swept.iter().find(|(key, _)| column.names.contains(key)));
                let plain = || column.values.get(row.report)?.as_ref();
                swept.map(|(_, value)| value).or_else(plain).map(ExperimentValue::field)
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

/// The keys in a text of the index.
fn key_list(text: &str) -> Vec<String> {
    serde_json::from_str(text).unwrap_or_default()
}

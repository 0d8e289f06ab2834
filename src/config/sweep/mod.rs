//! `[sweep]`: the points of an experiment, each the document with some keys set.

mod axis;
mod block;
pub(crate) mod condition;
mod pairs;
mod points;

use std::sync::Arc;

use crate::tree::TomlNode;
use crate::{Diagnostic, Document};

pub use pairs::ConfigurationPairs;
pub use points::points;

/// Limit on the number of cells unless `max-cells` says otherwise; more are taken for a typing error.
const MOST_CELLS: usize = 10_000;

/// One key set by the sweep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// The dotted key.
    pub key: Arc<str>,
    /// The value as TOML.
    pub value: Arc<str>,
}

/// The document with one combination of the sweep's values applied.
#[derive(Debug, Clone)]
pub struct Point {
    /// The document without `[sweep]`.
    pub document: Document,
    /// The keys that the sweep sets.
    pub overrides: Vec<Override>,
    /// Place of the value that makes the point: of the last key set.
    pub place: std::ops::Range<usize>,
}

/// Keys that belong to the whole experiment, with the remedy for sweeping them.
const NOT_SWEPT: &[(&str, &str)] = &[
    ("name", "the report of all cells has one name; `camlab run --out DIR` writes it elsewhere"),
    ("question", "a report answers one question"),
    ("report", "a report shows all cells; write [report] at the top level"),
    ("run", "all cells run alike; write [run] at the top level"),
    ("sweep", "write the key itself"),
    ("search", "write the key itself"),
    ("extends", "write extends = [...] at the top of the file"),
    ("remove", "write remove = [...] at the top of the file"),
];

/// Remedy for seeds as an axis of single numbers.
const SEEDS: &str = "write seeds = [0, 1, 2] at the top of the file: every configuration runs with every seed; an axis \
                     of lists, seeds = [[0, 1], [0]], gives configurations seeds of their own";

/// Error for a key that cannot be swept.
pub(crate) fn refused(segments: &[String], at: &std::ops::Range<usize>) -> Option<Diagnostic> {
    let first = segments.first()?;
    let (name, remedy) = NOT_SWEPT.iter().find(|(name, _)| name == first)?;
    Some(Diagnostic::at(Some(at.clone()), format!("`{name}` cannot be swept"), *remedy))
}

/// Error for `seeds` as a key whose values are no lists: configurations may have seeds of their own, but a seed is no
/// configuration.
pub(crate) fn refused_seeds(segments: &[String], values: &[TomlNode]) -> Option<Diagnostic> {
    let wrong = values.iter().find(|value| value.as_list().is_none())?;
    let is_seeds = segments.len() == 1 && segments[0] == "seeds";
    is_seeds.then(|| Diagnostic::at(Some(wrong.span.clone()), "one seed is no list of seeds", SEEDS))
}

/// Key and value of every entry of a table of dotted keys, nested tables included; `stop` tells a table that is a value.
pub(crate) fn flattened<'a>(
    table: &'a crate::tree::TomlTable,
    before: &[String],
    stop: &dyn Fn(&[String], &TomlNode) -> bool,
    found: &mut Vec<KeyValue<'a>>,
) {
    for (key, value) in table.iter() {
        let own = crate::path::segments(&key.name).into_iter().map(str::to_owned);
        let segments: Vec<String> = before.iter().cloned().chain(own).collect();
        match value.as_table() {
            Some(inner) if !stop(&segments, value) && !inner.is_empty() => {
                flattened(inner, &segments, stop, found)
            }
            _ => found.push(KeyValue { segments, at: key.span.clone(), value }),
        }
    }
}

/// `true` if the value of a key selects an item, `{ adam = { eps = 1e-7 } }`, and is no list of named tables.
pub(crate) fn selects(segments: &[String], root: &crate::tree::TomlTable) -> bool {
    let path: Vec<&str> = segments.iter().map(String::as_str).collect();
    let is_list = || crate::path::get(root, &path).is_some_and(|value| value.as_list().is_some());
    segments.last().is_some_and(|last| crate::SELECTIONS.contains(&last.as_str())) && !is_list()
}

/// A dotted key and its value.
pub(crate) struct KeyValue<'a> {
    pub(crate) segments: Vec<String>,
    /// Span of the key.
    pub(crate) at: std::ops::Range<usize>,
    pub(crate) value: &'a TomlNode,
}

/// The key as written in TOML.
pub(crate) fn written(segments: &[String]) -> String {
    let quoted = |segment: &String| match segment.contains('.') {
        true => format!("\"{segment}\""),
        false => segment.clone(),
    };
    segments.iter().map(quoted).collect::<Vec<_>>().join(".")
}

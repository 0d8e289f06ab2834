//! `[search]`: points that are chosen by the results of earlier ones.

mod options;
mod space;

use std::ops::Range;
use std::sync::Arc;

use camlab_search::{Parameter, ParameterValue, SearchPoint, SearchSpace};

pub use options::{Objective, ObjectiveDirection, ObjectiveSplit, SearchOptions};
pub use space::SearchKey;

use crate::reader::{self, Folders};
use crate::tree::{TomlFloat, TomlNode, TomlValue, parse_value};
use crate::{Diagnostic, Document, Override, Point, path};

/// Key of the searched keys in `[search]`.
const SPACE: &str = "space";
/// Decimal digits of a proposed number: a name that people read, and finer than any result depends on.
const DIGITS: usize = 4;

/// A search as its file describes it.
#[derive(Debug, Clone)]
pub struct SearchTable {
    /// Everything but the space.
    pub options: SearchOptions,
    /// The searched keys, in the order of the space.
    pub keys: Vec<SearchKey>,
    /// Their values.
    pub space: SearchSpace,
    /// Place of the table.
    pub place: Range<usize>,
}

/// The search of a document; `None` if it has none.
///
/// # Errors
/// Everything that is wrong with it, fields of other tables aside.
pub fn search(document: &Document) -> Result<Option<SearchTable>, Vec<Diagnostic>> {
    let Some(node) = document.root.get("search") else { return Ok(None) };
    let place = node.span.clone();
    let fails = |message: String, remedy: &str| vec![Diagnostic::at(Some(place.clone()), message, remedy)];
    if node.as_table().is_none() {
        let message = format!("`search` is {}, not a table", node.value.type_name());
        return Err(fails(message, "write [search] and its keys below it"));
    }
    if let Some(sweep) = document.root.get("sweep") {
        let error = Diagnostic::at(
            Some(place),
            "the file has both [search] and [sweep]",
            "remove one of them; a search over every combination is method.halving.candidates = \"grid\"",
        );
        return Err(vec![error.and(sweep.span.clone(), "the sweep")]);
    }
    let resolved = document.interpolated()?;
    let mut table = match resolved.root.get("search").map(|node| &node.value) {
        Some(TomlValue::Table(table)) => (**table).clone(),
        _ => Default::default(),
    };
    let Some((_, space)) = table.remove(SPACE) else {
        return Err(fails(
            "the search has no space".into(),
            "add [search.space] with \"training.lr\" = { log = [1e-3, 1.0] }",
        ));
    };
    let folders = Folders { sources: &resolved.sources, moved: &resolved.moved };
    let options = reader::read::<SearchOptions>(&table, &place, &folders);
    let mut found: Vec<Diagnostic> = options.as_ref().err().map(Diagnostic::from).into_iter().collect();
    let keys = match space.as_table() {
        Some(table) if !table.is_empty() => space::read(table, document),
        _ => {
            let at = Some(space.span.clone());
            let remedy = "write \"training.lr\" = { log = [1e-3, 1.0] } below [search.space]";
            Err(vec![Diagnostic::at(at, "the search has no keys", remedy)])
        }
    };
    match (options, keys) {
        (Ok(options), Ok((keys, space))) => Ok(Some(SearchTable { options, keys, space, place })),
        (_, keys) => {
            found.extend(keys.err().into_iter().flatten());
            Err(found)
        }
    }
}

impl SearchTable {
    /// A point with numbers rounded as they are written.
    pub fn rounded(&self, point: &SearchPoint) -> SearchPoint {
        let round = |(parameter, value): (&Parameter, &Option<ParameterValue>)| match value {
            Some(ParameterValue::Real(exact)) => {
                // Rounding may leave the bounds by the last digit.
                let round = ParameterValue::Real(rounded(*exact));
                if parameter.domain.contains(&round) { Some(round) } else { *value }
            }
            other => *other,
        };
        self.space.parameters().iter().zip(point).map(round).collect()
    }

    /// The keys that a point sets, with their values as TOML.
    pub fn overrides(&self, point: &SearchPoint) -> Vec<Override> {
        let of = |(key, value): (&SearchKey, &Option<ParameterValue>)| {
            Some(Override { key: Arc::clone(&key.key), value: key.node((*value)?).value.to_string().into() })
        };
        self.keys.iter().zip(point).filter_map(of).collect()
    }

    /// The document of a point: the searched keys set, without `[search]`.
    ///
    /// # Errors
    /// A key that cannot be set.
    pub fn point(&self, document: &Document, point: &SearchPoint) -> Result<Point, Vec<Diagnostic>> {
        let mut document = document.clone();
        let root = Arc::make_mut(&mut document.root);
        root.remove("search");
        let mut place = self.place.clone();
        for (key, value) in self.keys.iter().zip(point) {
            let Some(value) = value else { continue };
            let path: Vec<&str> = key.segments.iter().map(String::as_str).collect();
            path::set(root, &path, key.node(*value), &key.at).map_err(|message| {
                let message = format!("cannot search `{}`: {message}", key.key);
                let remedy = "write the full key, tables and keys joined by dots, such as \"training.lr\"";
                vec![Diagnostic::at(Some(key.at.clone()), message, remedy)]
            })?;
            place = key.at.clone();
        }
        Ok(Point { document, overrides: self.overrides(point), place })
    }
}

impl SearchTable {
    /// The document with keys set to values of the search as they are written, without `[search]`.
    ///
    /// # Errors
    /// A key that cannot be set.
    pub fn document(&self, document: &Document, overrides: &[Override]) -> Result<Document, Vec<Diagnostic>> {
        let mut own = document.clone();
        let root = Arc::make_mut(&mut own.root);
        root.remove("search");
        for Override { key, value } in overrides {
            let Some(known) = self.keys.iter().find(|known| known.key == *key) else { continue };
            let choice = known.choices.iter().find(|choice| choice.value.to_string() == **value).cloned();
            let number = || {
                parse_value(value, known.at.start)
                    .ok()
                    .map(|node| TomlNode { span: known.at.clone(), ..node })
            };
            let Some(node) = choice.or_else(number) else { continue };
            let path: Vec<&str> = known.segments.iter().map(String::as_str).collect();
            path::set(root, &path, node, &known.at).map_err(|message| {
                vec![Diagnostic::at(Some(known.at.clone()), message, "write the full key")]
            })?;
        }
        own.interpolated()
    }
}

impl SearchKey {
    /// A value of the key as a node of the document, at the place of the key.
    fn node(&self, value: ParameterValue) -> TomlNode {
        match value {
            ParameterValue::Choice(index) => match self.choices.get(index) {
                Some(choice) => choice.clone(),
                None => TomlNode::text(self.at.clone(), ""),
            },
            ParameterValue::Whole(whole) => TomlNode::new(self.at.clone(), TomlValue::Integer(whole.into())),
            ParameterValue::Real(value) => {
                TomlNode::new(self.at.clone(), TomlValue::Float(TomlFloat { value, fits: true }))
            }
        }
    }
}

/// A number with [`DIGITS`] significant decimal digits.
fn rounded(value: f64) -> f64 {
    format!("{value:.*e}", DIGITS - 1).parse().unwrap_or(value)
}

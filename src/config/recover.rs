//! Reading on after a mistake, so that one check finds more than the first.
//!
//! serde stops at the first value that does not fit. That value is taken out, or replaced where the schema requires one,
//! and the document is read again; nothing that is taken out or put in reaches a run.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use camlab_base::registry::closest;

use super::diagnostic::Diagnostic;
use super::reader::{self, Folders, PathStep, ReadError};
use super::tree::{NOWHERE, TomlKey, TomlNode, TomlTable, TomlValue, parse_value};
use super::{Document, Experiment};

/// Limit on the mistakes of one document.
const MOST_MISTAKES: usize = 200;

/// Result of reading a document as an experiment.
#[derive(Debug)]
pub struct ReadDocument {
    /// The experiment; with mistakes, what can be read without them, or nothing.
    pub experiment: Option<Experiment>,
    /// All values that do not fit the schema; empty for a valid document.
    pub mistakes: Vec<Diagnostic>,
    /// The document without the mistakes.
    pub document: Document,
    /// Keys of the root table in or below which something was taken out or put in.
    pub repaired: BTreeSet<String>,
}

/// Values that stand in for a required key while the rest is read.
const STAND_INS: &[(&str, &str)] = &[
    ("backbone", "\"resnet18\""),
    ("better", "{ method = \"cam\" }"),
    ("checkpoint", "\"stand-in\""),
    ("data", "{ test = \"synthetic\", input = { size = 224 } }"),
    ("init", "[{ name = \"stand-in\", scheme = \"kaiming-normal\", train = false }]"),
    ("input", "{ size = 224 }"),
    ("layers", "[\"layer4\"]"),
    ("maps", "[{ methods = [\"grad-cam\"], layers = [\"layer4\"] }]"),
    ("method", "\"weight-average\""),
    ("methods", "[\"grad-cam\"]"),
    ("name", "\"stand-in\""),
    ("reference", "\"grad-cam\""),
    ("root", "\"stand-in\""),
    ("scheme", "\"kaiming-normal\""),
    ("size", "224"),
    ("test", "\"synthetic\""),
    ("than", "{ method = \"cam\" }"),
];

/// Reads a document; see [`ReadDocument`].
pub(super) fn read_all(document: &Document) -> ReadDocument {
    let mut root = TomlNode::new(0..0, TomlValue::Table(Arc::clone(&document.root)));
    let (mut mistakes, mut repaired, mut taken) = (Vec::new(), BTreeSet::new(), Vec::new());
    let folders = Folders { sources: &document.sources, moved: &document.moved };
    let mut experiment = None;

    for _ in 0..MOST_MISTAKES {
        let Some(table) = root.as_table() else { break };
        let error = match reader::read::<Experiment>(table, &(0..0), &folders) {
            Ok(read) => {
                experiment = Some(read);
                break;
            }
            Err(error) => error,
        };
        let repair = DocumentRepair::of(&error, &mut root, &taken);
        if repair.is_new {
            let mut mistake = Diagnostic::from(&error);
            // The whole file is the place of a key that is missing at its top level; no caret shows that.
            mistake.span = mistake.span.filter(|span| *span != (0..0) && *span != NOWHERE);
            mistakes.push(mistake);
        }
        if let Some(PathStep::Key(section)) = repair.path.first().or(repair.missing.as_ref()) {
            repaired.insert(section.clone());
            // A misspelt table is the one that it was meant to be.
            repaired.extend(misspelt_key(&error).filter(|_| repair.path.len() == 1));
        }
        let Some(done) = repair.apply(&mut root) else { break };
        taken.push(done);
        taken.extend(repair.meant);
    }
    let document = match root.value {
        TomlValue::Table(root) => Document { root, ..document.clone() },
        _ => document.clone(),
    };
    ReadDocument { experiment, mistakes, document, repaired }
}

/// The key that an unknown one was probably meant to be.
fn misspelt_key(error: &ReadError) -> Option<String> {
    let mut quoted = error.message.strip_prefix("unknown field ")?.split('`').skip(1).step_by(2);
    let written = quoted.next()?;
    closest(written, quoted).map(str::to_owned)
}

/// A change to a document that lets the next mistake be found.
struct DocumentRepair {
    /// Path of the wrong value, or of the table that lacks a key; outermost step first.
    path: Vec<PathStep>,
    /// The key that the table lacks.
    missing: Option<PathStep>,
    /// `false` if the mistake follows from an earlier repair.
    is_new: bool,
    /// `true` if a stand-in was tried and does not fit: the value itself must go.
    gives_up: bool,
    /// The key that an unknown one was probably meant to be: it counts as taken out.
    meant: Option<Repaired>,
}

/// A table by its place, and the key that was taken out of it or put into it. Indices of list elements move when one is
/// taken out, so that a path would not do.
type Repaired = (Range<usize>, TableChange);

/// A change to a table, by the key that it concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
enum TableChange {
    Out(String),
    In(String),
}

impl DocumentRepair {
    fn of(error: &ReadError, root: &mut TomlNode, taken: &[Repaired]) -> Self {
        let path: Vec<PathStep> = error.path.iter().rev().cloned().collect();
        let Some(name) =
            error.message.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`'))
        else {
            // A stand-in that does not fit is no mistake of the file.
            let is_new = error.span.as_ref().is_none_or(|span| *span != NOWHERE);
            let parent =
                path.split_last().and_then(|(_, parent)| at(root, parent)).map(|node| node.span.clone());
            let meant =
                misspelt_key(error).zip(parent).map(|(meant, parent)| (parent, TableChange::Out(meant)));
            return Self { path, missing: None, is_new, gives_up: !is_new, meant };
        };
        let table = at(root, &path).map_or(NOWHERE, |node| node.span.clone());
        let was = |change: TableChange| taken.contains(&(table.clone(), change));
        let was_put_in = was(TableChange::In(name.to_owned()));
        let is_new = !was(TableChange::Out(name.to_owned())) && !was_put_in;
        let missing = Some(PathStep::Key(name.to_owned()));
        Self { path, missing, is_new, gives_up: was_put_in, meant: None }
    }

    /// Changes the document; `None` if nothing can be changed.
    fn apply(&self, root: &mut TomlNode) -> Option<Repaired> {
        if let Some(PathStep::Key(name)) = self.missing.as_ref().filter(|_| !self.gives_up) {
            let stand_in = STAND_INS.iter().find(|(key, _)| key == name);
            let value = stand_in.and_then(|(_, text)| parse_value(text, 0).ok()).map(nowhere);
            if let (Some(value), Some(node)) = (value, at(root, &self.path))
                && let TomlValue::Table(table) = &mut node.value
            {
                Arc::make_mut(table).set(name, NOWHERE, value);
                return Some((node.span.clone(), TableChange::In(name.clone())));
            }
        }
        take_out(root, &self.path)
    }
}

/// The value at a path.
fn at<'a>(root: &'a mut TomlNode, path: &[PathStep]) -> Option<&'a mut TomlNode> {
    let Some((step, rest)) = path.split_first() else { return Some(root) };
    let inner = match (&mut root.value, step) {
        (TomlValue::Table(table), PathStep::Key(name)) => Arc::make_mut(table).get_mut(name)?,
        (TomlValue::List(list), PathStep::Index(index)) => Arc::make_mut(list).get_mut(*index)?,
        _ => return None,
    };
    at(inner, rest)
}

/// Takes a value out, and the tables and lists that become empty by it; returns the outermost.
fn take_out(root: &mut TomlNode, path: &[PathStep]) -> Option<Repaired> {
    let (last, parent) = path.split_last()?;
    let node = at(root, parent)?;
    let span = node.span.clone();
    let (empty, key) = match (&mut node.value, last) {
        (TomlValue::Table(table), PathStep::Key(name)) => {
            let table = Arc::make_mut(table);
            table.remove(name)?;
            (table.is_empty(), name.clone())
        }
        (TomlValue::List(list), PathStep::Index(index)) if *index < list.len() => {
            let list = Arc::make_mut(list);
            list.remove(*index);
            (list.is_empty(), String::new())
        }
        _ => return None,
    };
    match empty && !parent.is_empty() {
        true => take_out(root, parent),
        false => Some((span, TableChange::Out(key))),
    }
}

/// The value with no place, so that no message about it is shown.
fn nowhere(node: TomlNode) -> TomlNode {
    let value = match node.value {
        TomlValue::List(list) => {
            TomlValue::List(Arc::new(Arc::unwrap_or_clone(list).into_iter().map(nowhere).collect()))
        }
        TomlValue::Table(table) => {
            let entries = Arc::unwrap_or_clone(table).into_entries();
            let moved =
                |(key, value): (TomlKey, TomlNode)| (TomlKey { span: NOWHERE, ..key }, nowhere(value));
            TomlValue::Table(Arc::new(entries.map(moved).collect::<TomlTable>()))
        }
        plain => plain,
    };
    TomlNode::new(NOWHERE, value)
}

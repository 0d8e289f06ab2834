//! `extends`: an experiment made of several files.

use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use camlab_base::registry::closest;

use super::diagnostic::{Diagnostic, Invalid};
use super::merge::merge;
use super::path;
use super::source::{FileReference, Sources};
use super::tree::{TomlNode, TomlTable, TomlValue, parse_document};

/// A file of an experiment, as read.
#[derive(Debug, Clone)]
pub struct ExperimentFile {
    /// Its path as messages show it; relative paths in the text start from its folder.
    pub path: PathBuf,
    /// Its identity: equal for all spellings of one file's path.
    pub identity: PathBuf,
    /// Its text.
    pub text: String,
}

/// Access to the files that an experiment extends or refers to, so that this crate reads none itself.
pub trait ExperimentFiles: std::fmt::Debug + Send + Sync {
    /// Reads the file that `written` names, relative to `folder`.
    ///
    /// # Errors
    /// A lowercase fragment that says where the file was looked for.
    fn read(&self, written: &str, folder: &Path) -> Result<ExperimentFile, String>;
}

/// Reads a file and all that it extends into one table, without `extends` and `remove`.
pub(super) fn compose(
    file: ExperimentFile,
    files: &dyn ExperimentFiles,
) -> Result<(Sources, TomlNode), Invalid> {
    let mut composer = Composer {
        files,
        sources: Sources::default(),
        found: Vec::new(),
        chain: Vec::new(),
        known: HashMap::new(),
    };
    let root = composer.file(file);
    match (root, composer.found.is_empty()) {
        (Some(root), true) => Ok((composer.sources, root)),
        _ => Err(Invalid::new(composer.sources, composer.found)),
    }
}

struct Composer<'a> {
    files: &'a dyn ExperimentFiles,
    sources: Sources,
    found: Vec<Diagnostic>,
    /// The files that are being read, each extended by the one before it.
    chain: Vec<ChainLink>,
    /// The files that were read: one that several files extend is read once.
    known: HashMap<PathBuf, Option<TomlTable>>,
}

struct ChainLink {
    identity: PathBuf,
    name: String,
    /// Place of the entry of `extends` that is being followed.
    entry: Range<usize>,
}

impl Composer<'_> {
    fn file(&mut self, file: ExperimentFile) -> Option<TomlNode> {
        let offset = self.sources.push_file(&file.path, &file.identity, file.text.as_str());
        let root = match parse_document(&file.text, offset) {
            Ok(root) => root,
            Err(errors) => {
                let shifted = errors.iter().map(|error| {
                    let mut diagnostic = Diagnostic::from(error);
                    diagnostic.span = diagnostic
                        .span
                        .map(|span| span.start + offset..span.end + offset)
                        .or(Some(offset..offset));
                    diagnostic
                });
                self.found.extend(without_consequences(shifted));
                return None;
            }
        };
        let TomlNode { span, value: TomlValue::Table(table) } = root else { return None };
        let mut own = Arc::unwrap_or_clone(table);
        let extends = own.remove("extends").map(|(_, value)| self.list("extends", &value, "[\"base.toml\"]"));
        let removed =
            own.remove("remove").map(|(_, value)| self.list("remove", &value, "[\"training.stage\"]"));
        let (name, identity) = (file.path.display().to_string(), file.identity);
        self.chain.push(ChainLink { identity, name, entry: 0..0 });
        let mut base = TomlTable::default();
        let mut whole = true;
        for (written, entry) in extends.iter().flatten() {
            match self.base(written, entry) {
                Some(read) => base = self.merged(base, read),
                None => whole = false,
            }
        }
        self.chain.pop();
        // A key that a missing file would give must not be reported as missing.
        if !whole {
            return None;
        }
        for (written, place) in removed.iter().flatten() {
            self.remove(&mut base, written, place);
        }
        let own = self.merged(base, own);
        Some(TomlNode::table(span, own))
    }

    fn merged(&mut self, base: TomlTable, over: TomlTable) -> TomlTable {
        let (merged, clashes) = merge(base, over);
        self.found.extend(clashes);
        merged
    }

    /// The table of a file that the current one extends.
    fn base(&mut self, written: &str, entry: &Range<usize>) -> Option<TomlTable> {
        let folder = self.sources.folder(entry).to_path_buf();
        let file = match self.files.read(written, &folder) {
            Ok(file) => file,
            Err(message) => {
                let remedy = "paths in `extends` start from the folder of the file that holds them";
                self.found.push(Diagnostic::at(Some(entry.clone()), message, remedy));
                return None;
            }
        };
        let identity = file.identity.clone();
        self.sources.refer(FileReference { written: written.to_owned(), folder, identity });
        if let Some(last) = self.chain.last_mut() {
            last.entry = entry.clone();
        }
        if let Some(first) = self.chain.iter().position(|link| link.identity == file.identity) {
            self.cycle(first, entry);
            return None;
        }
        if let Some(known) = self.known.get(&file.identity) {
            return known.clone();
        }
        let identity = file.identity.clone();
        let table = match self.file(file).map(|node| node.value) {
            Some(TomlValue::Table(table)) => Some(Arc::unwrap_or_clone(table)),
            _ => None,
        };
        self.known.insert(identity, table.clone());
        table
    }

    fn cycle(&mut self, first: usize, entry: &Range<usize>) {
        let links = &self.chain[first..];
        let mut names: Vec<&str> = links.iter().map(|link| link.name.as_str()).collect();
        names.push(&links[0].name);
        let message = format!("`{}` extends itself: {}", links[0].name, names.join(" -> "));
        let mut diagnostic = Diagnostic::at(Some(entry.clone()), message, "remove one of these `extends`");
        for link in links.iter().filter(|link| link.entry != *entry) {
            diagnostic = diagnostic.and(link.entry.clone(), "extended here");
        }
        self.found.push(diagnostic);
    }

    /// The strings of a list, or the only one, with their places.
    fn list(&mut self, key: &str, value: &TomlNode, example: &str) -> Vec<(String, Range<usize>)> {
        let items = value.as_list().unwrap_or(std::slice::from_ref(value));
        let mut texts = Vec::new();
        for item in items {
            match item.as_text() {
                Some(text) if !text.trim().is_empty() => texts.push((text.to_owned(), item.span.clone())),
                _ => {
                    let message = format!("`{key}` holds {}, expected a non-empty string", item.value);
                    let remedy = format!("write {key} = {example}");
                    self.found.push(Diagnostic::at(Some(item.span.clone()), message, remedy));
                }
            }
        }
        texts
    }

    fn remove(&mut self, base: &mut TomlTable, written: &str, place: &Range<usize>) {
        let segments = path::segments(written);
        if path::remove(base, &segments) {
            return;
        }
        let message = format!("`remove` names `{written}`, which no extended file contains");
        let parent = segments[..segments.len() - 1].to_vec();
        let table = if parent.is_empty() {
            Some(&*base)
        } else {
            path::get(base, &parent).and_then(TomlNode::as_table)
        };
        let last = segments[segments.len() - 1];
        let near = table.and_then(|table| closest(last, table.iter().map(|(key, _)| &*key.name)));
        let remedy = near.map_or("remove this entry, or correct it".to_owned(), |near| {
            format!("did you mean `{}`?", [&parent[..], &[near]].concat().join("."))
        });
        self.found.push(Diagnostic::at(Some(place.clone()), message, remedy));
    }
}

/// Drops the errors that follow from an unclosed bracket: only the first such error is informative.
fn without_consequences(errors: impl Iterator<Item = Diagnostic>) -> Vec<Diagnostic> {
    let mut kept = Vec::new();
    for error in errors {
        let open = error.message.contains("in array") || error.message.contains("between array elements");
        kept.push(error);
        if open {
            break;
        }
    }
    kept
}

use std::ops::Range;

use crate::tree::{TomlNode, TomlTable};
use crate::{Diagnostic, Document, path};
use camlab_base::registry::closest;

use super::{KeyValue, flattened, selects, written};

/// A key that must have one of some values.
#[derive(Debug, Clone)]
pub(crate) struct Condition {
    pub(crate) segments: Vec<String>,
    /// The segments with names of list elements replaced by their indices.
    pub(crate) canonical: Vec<String>,
    /// Span of the key.
    pub(crate) at: Range<usize>,
    any: Vec<TomlNode>,
}

impl Condition {
    /// The conditions of a table `{ "key" = value, "other.key" = [values] }`, all of which must hold.
    pub(crate) fn all(table: &TomlTable, root: &TomlTable) -> Vec<Self> {
        let mut found = Vec::new();
        flattened(table, &[], &|segments, _| selects(segments, root), &mut found);
        let condition = |KeyValue { segments, at, value }: KeyValue<'_>| {
            // A list means any of its values; where the key holds lists, it is the value itself as well.
            let mut any = vec![value.clone()];
            any.extend(value.as_list().into_iter().flatten().cloned());
            let borrowed: Vec<&str> = segments.iter().map(String::as_str).collect();
            let canonical = path::canonical(root, &borrowed);
            Self { segments, canonical, at, any }
        };
        found.into_iter().map(condition).collect()
    }

    /// `true` if it holds in a document. A key that the document lacks has no value to compare, if an axis of the sweep
    /// that does not apply here would set it.
    ///
    /// # Errors
    /// A key that neither the document nor the sweep has: nothing tells whether its default was meant.
    pub(super) fn holds(&self, document: &Document, swept: &[Vec<String>]) -> Result<bool, Diagnostic> {
        let segments: Vec<&str> = self.segments.iter().map(String::as_str).collect();
        match path::get(&document.root, &segments) {
            Some(value) => Ok(self.allows(value)),
            None if swept.iter().any(|axis| path::overlap(axis, &self.canonical)) => Ok(false),
            None => Err(self.missing(document)),
        }
    }

    /// `true` if it names a value.
    pub(crate) fn allows(&self, value: &TomlNode) -> bool {
        self.any.iter().any(|wanted| matches(value, wanted))
    }

    fn missing(&self, document: &Document) -> Diagnostic {
        let key = written(&self.segments);
        let message = format!("the condition names `{key}`, which the file neither contains nor sweeps");
        let parent = &self.segments[..self.segments.len() - 1];
        let parent: Vec<&str> = parent.iter().map(String::as_str).collect();
        let table = match parent.is_empty() {
            true => Some(&*document.root),
            false => path::get(&document.root, &parent).and_then(TomlNode::as_table),
        };
        let last = self.segments.last().map_or("", String::as_str);
        let near = table.and_then(|table| closest(last, table.iter().map(|(key, _)| &*key.name)));
        let remedy = match near {
            Some(near) => format!("did you mean `{}`?", [&parent[..], &[near]].concat().join(".")),
            None => format!("write {key} = ... in the file, even if it is the default"),
        };
        Diagnostic::at(Some(self.at.clone()), message, remedy)
    }
}

/// `true` if a value is the wanted one; the name of an item stands for the item with any options.
fn matches(value: &TomlNode, wanted: &TomlNode) -> bool {
    let item = value.as_table().and_then(TomlTable::only_key);
    value.same(wanted) || (item.is_some() && item == wanted.as_text())
}

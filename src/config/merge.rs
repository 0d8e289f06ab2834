//! Merging of two files: tables key by key, named tables of a list by their names, everything else replaced.

use std::sync::Arc;

use super::diagnostic::Diagnostic;
use super::tree::{TomlKey, TomlNode, TomlTable, TomlValue};
use super::validation::PART_KEYS;

/// Keys whose value selects one item of a registry or of a list of variants, `"resnet18"` or `{ resnet18 = { options } }`.
/// Another item replaces the whole value; the same item keeps the options that are not written again.
pub const SELECTIONS: &[&str] = &[
    "align",
    "backbone",
    "base",
    "baselines",
    "channels",
    "checkpoint-every",
    "cluster",
    "coefficients",
    "contrast",
    "head",
    "init",
    "kernel",
    "loss",
    "method",
    "methods",
    "metrics",
    "of",
    "optimiser",
    "saliency",
    "schedule",
    "scheme",
    "source",
    "student",
    "sub-maps",
    "target",
    "test",
    "thresholds",
    "train",
    "val",
];

/// Tables whose keys are names that a person chooses.
const NAMES_AS_KEYS: &[&str] = &["lr-multiplier", "stage-augment"];

/// The table `base` with the values of `over`, and an error for every key that is a table in one of them only.
pub(super) fn merge(base: TomlTable, over: TomlTable) -> (TomlTable, Vec<Diagnostic>) {
    let mut merger = Merger { clashes: Vec::new() };
    let merged = merger.tables(base, &over);
    (merged, merger.clashes)
}

struct Merger {
    clashes: Vec<Diagnostic>,
}

impl Merger {
    fn tables(&mut self, base: TomlTable, over: &TomlTable) -> TomlTable {
        self.merged(base, over, true)
    }

    /// Merges two tables; with `select` those of their keys that select an item are replaced by another item.
    fn merged(&mut self, mut base: TomlTable, over: &TomlTable, select: bool) -> TomlTable {
        for (key, value) in over.iter() {
            let merged = match base.remove_value(&key.name) {
                Some(old) => self.values(key, old, value, select),
                None => value.clone(),
            };
            base.replace(key, merged);
        }
        base
    }

    fn values(&mut self, key: &TomlKey, base: TomlNode, over: &TomlNode, select: bool) -> TomlNode {
        let selects = select && SELECTIONS.contains(&&*key.name);
        match (base.value, &over.value) {
            (TomlValue::Table(old), TomlValue::Table(new)) => {
                if selects && !same_item(&old, new) {
                    return over.clone();
                }
                let merged =
                    self.merged(Arc::unwrap_or_clone(old), new, !NAMES_AS_KEYS.contains(&&*key.name));
                TomlNode::table(over.span.clone(), merged)
            }
            (TomlValue::List(old), TomlValue::List(new)) if all_named(&old) && all_named(new) => {
                let merged = self.lists(Arc::unwrap_or_clone(old), new);
                TomlNode::new(over.span.clone(), TomlValue::List(Arc::new(merged)))
            }
            (old, new) if is_clash(&old, new) && !selects && &*key.name != "sweep" => {
                let (one, other) = (old.type_name(), new.type_name());
                let message = format!("`{}` is {other} here, but {one} in the extended file", key.name);
                let remedy = "write both alike, or list the key in `remove` to replace it";
                let clash = Diagnostic::at(Some(over.span.clone()), message, remedy);
                self.clashes.push(clash.and(base.span, format!("{one} here")));
                over.clone()
            }
            _ => over.clone(),
        }
    }

    fn lists(&mut self, mut base: Vec<TomlNode>, over: &[TomlNode]) -> Vec<TomlNode> {
        for (place, item) in over.iter().enumerate() {
            // Two tables of one name in one file stay two, which the checks report.
            let again = over[..place].iter().any(|before| before.named() == item.named());
            match base.iter_mut().find(|known| !again && known.named() == item.named()) {
                Some(known) => {
                    if let (Some(old), Some(new)) = (known.as_table().cloned(), item.as_table()) {
                        *known = TomlNode::table(item.span.clone(), self.tables(old, new));
                    }
                }
                None => base.push(item.clone()),
            }
        }
        base
    }
}

/// `true` unless the tables select two items, or a data set and a part of one (`data.val`).
fn same_item(old: &TomlTable, new: &TomlTable) -> bool {
    let is_part = |table: &TomlTable| table.iter().all(|(key, _)| PART_KEYS.contains(&&*key.name));
    match (old.only_key(), new.only_key()) {
        _ if is_part(old) != is_part(new) => false,
        (Some(old_key), Some(new_key)) => old_key == new_key || is_part(old),
        _ => true,
    }
}

fn all_named(list: &[TomlNode]) -> bool {
    !list.is_empty() && list.iter().all(|item| item.named().is_some())
}

/// `true` for a table and a number, flag or list: neither can replace the other without losing keys unsaid. A string may
/// be the name of what the table spells out.
fn is_clash(old: &TomlValue, new: &TomlValue) -> bool {
    let table = |value: &TomlValue| matches!(value, TomlValue::Table(_));
    let plain = |value: &TomlValue| !matches!(value, TomlValue::Table(_) | TomlValue::Text(_));
    (table(old) && plain(new)) || (plain(old) && table(new))
}

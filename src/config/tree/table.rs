use std::ops::Range;
use std::sync::Arc;

use super::{NOWHERE, TomlNode, TomlValue};

/// Name of an entry and the place where it is written.
#[derive(Debug, Clone)]
pub struct TomlKey {
    /// The name, without quotes.
    pub name: Arc<str>,
    /// Its bytes in the sources.
    pub span: Range<usize>,
}

/// A table: its entries in the order of the file.
#[derive(Debug, Clone, Default)]
pub struct TomlTable {
    entries: Vec<(TomlKey, TomlNode)>,
}

impl TomlTable {
    /// The value of a key.
    pub fn get(&self, name: &str) -> Option<&TomlNode> {
        self.entries.iter().find(|(key, _)| &*key.name == name).map(|(_, value)| value)
    }

    /// The value of a key, to change it.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut TomlNode> {
        self.entries.iter_mut().find(|(key, _)| &*key.name == name).map(|(_, value)| value)
    }

    /// Sets a key; a new one becomes the last.
    pub fn set(&mut self, name: &str, span: Range<usize>, value: TomlNode) {
        match self.get_mut(name) {
            Some(old) => *old = value,
            None => self.entries.push((TomlKey { name: name.into(), span }, value)),
        }
    }

    /// Sets a key and the place where it is written.
    pub fn replace(&mut self, key: &TomlKey, value: TomlNode) {
        match self.entries.iter_mut().find(|(known, _)| known.name == key.name) {
            Some(entry) => *entry = (key.clone(), value),
            None => self.entries.push((key.clone(), value)),
        }
    }

    /// Removes a key; returns its entry.
    pub fn remove(&mut self, name: &str) -> Option<(TomlKey, TomlNode)> {
        let place = self.entries.iter().position(|(key, _)| &*key.name == name)?;
        Some(self.entries.remove(place))
    }

    /// Takes the value of a key out and leaves a placeholder, so that the key keeps its place.
    pub fn remove_value(&mut self, name: &str) -> Option<TomlNode> {
        let empty = TomlNode::new(NOWHERE, TomlValue::Boolean(false));
        self.get_mut(name).map(|value| std::mem::replace(value, empty))
    }

    /// The name of the only entry; `None` for none or several.
    pub fn only_key(&self) -> Option<&str> {
        match &self.entries[..] {
            [(key, _)] => Some(&key.name),
            _ => None,
        }
    }

    /// The entries in order.
    pub fn iter(&self) -> std::slice::Iter<'_, (TomlKey, TomlNode)> {
        self.entries.iter()
    }

    /// The entries in order, by value.
    pub fn into_entries(self) -> impl Iterator<Item = (TomlKey, TomlNode)> {
        self.entries.into_iter()
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// `true` without an entry.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// `true` if both have the same keys with the same data, in any order.
    pub fn same(&self, other: &Self) -> bool {
        let found =
            |(key, value): &(TomlKey, TomlNode)| other.get(&key.name).is_some_and(|other| value.same(other));
        self.len() == other.len() && self.entries.iter().all(found)
    }
}

impl FromIterator<(TomlKey, TomlNode)> for TomlTable {
    fn from_iter<I: IntoIterator<Item = (TomlKey, TomlNode)>>(entries: I) -> Self {
        Self { entries: entries.into_iter().collect() }
    }
}

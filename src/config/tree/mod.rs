//! The values of an experiment file with their places.
//!
//! Lists and tables are shared: a clone of a document costs a pointer, and setting one key of a clone copies the tables
//! on the way to it and nothing else. A sweep of ten thousand cells is ten thousand such clones.

mod parse;
mod table;

use std::ops::Range;
use std::sync::Arc;

pub use parse::{parse_document, parse_value};
pub use table::{TomlKey, TomlTable};

/// A value and the bytes in [`super::Sources`] that it was read from.
#[derive(Debug, Clone)]
pub struct TomlNode {
    /// Place of the value; of a table with a header, its header.
    pub span: Range<usize>,
    /// The value.
    pub value: TomlValue,
}

/// A TOML value.
#[derive(Debug, Clone)]
pub enum TomlValue {
    /// A string.
    Text(Arc<str>),
    /// An integer of up to 64 bits.
    Integer(i128),
    /// The digits of an integer beyond 64 bits.
    TooLarge(Arc<str>),
    /// A float; infinite if written `inf`, or if the number is too large.
    Float(TomlFloat),
    /// `true` or `false`.
    Boolean(bool),
    /// A date or time as text; no key of an experiment holds one.
    Date(Arc<str>),
    /// A list.
    List(Arc<Vec<TomlNode>>),
    /// A table.
    Table(Arc<TomlTable>),
}

/// A float, and whether it stands for the number that was written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TomlFloat {
    /// The value.
    pub value: f64,
    /// `false` if digits were written that no `f64` can hold.
    pub fits: bool,
}

/// Span of values that no file contains: those that stand in for a mistake while the rest is read.
pub const NOWHERE: Range<usize> = usize::MAX..usize::MAX;

impl TomlNode {
    /// A value at a place.
    pub fn new(span: Range<usize>, value: TomlValue) -> Self {
        Self { span, value }
    }

    /// A string at a place.
    pub fn text(span: Range<usize>, text: &str) -> Self {
        Self::new(span, TomlValue::Text(text.into()))
    }

    /// A table at a place.
    pub fn table(span: Range<usize>, table: TomlTable) -> Self {
        Self::new(span, TomlValue::Table(Arc::new(table)))
    }

    /// The table, if it is one.
    pub fn as_table(&self) -> Option<&TomlTable> {
        match &self.value {
            TomlValue::Table(table) => Some(table),
            _ => None,
        }
    }

    /// The elements, if it is a list.
    pub fn as_list(&self) -> Option<&[TomlNode]> {
        match &self.value {
            TomlValue::List(list) => Some(list),
            _ => None,
        }
    }

    /// The text, if it is a string.
    pub fn as_text(&self) -> Option<&str> {
        match &self.value {
            TomlValue::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The text of the key `name`, if it is a table with such a text.
    pub fn named(&self) -> Option<&str> {
        self.as_table()?.get("name")?.as_text()
    }

    /// `true` if the value holds the same data, places aside. An integer equals the float of the same value.
    pub fn same(&self, other: &Self) -> bool {
        self.value.same(&other.value)
    }

    /// Number of values in it plus the number of bytes of its strings.
    pub fn weight(&self) -> usize {
        match &self.value {
            TomlValue::Text(text) => 1 + text.len(),
            TomlValue::List(list) => list.iter().map(Self::weight).fold(1, usize::saturating_add),
            TomlValue::Table(table) => {
                table.iter().map(|(_, value)| value.weight()).fold(1, usize::saturating_add)
            }
            _ => 1,
        }
    }

    /// Calls `each` with every string in the value, lists and tables included.
    pub fn texts(&self, each: &mut impl FnMut(&TomlNode, &str)) {
        match &self.value {
            TomlValue::Text(text) => each(self, text),
            TomlValue::List(list) => list.iter().for_each(|item| item.texts(each)),
            TomlValue::Table(table) => table.iter().for_each(|(_, value)| value.texts(each)),
            _ => {}
        }
    }
}

impl TomlValue {
    /// Name of the type in messages, with its article.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Text(_) => "a string",
            Self::Integer(_) | Self::TooLarge(_) => "an integer",
            Self::Float(_) => "a float",
            Self::Boolean(_) => "a boolean",
            Self::Date(_) => "a date",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
        }
    }

    /// `true` if both hold the same data, places aside. An integer equals the float of the same value.
    pub fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text(a), Self::Text(b)) | (Self::Date(a), Self::Date(b)) => a == b,
            (Self::TooLarge(a), Self::TooLarge(b)) => a == b,
            (Self::Boolean(a), Self::Boolean(b)) => a == b,
            (Self::Integer(a), Self::Integer(b)) => a == b,
            (Self::Float(a), Self::Float(b)) => a.value.to_bits() == b.value.to_bits(),
            (Self::Integer(a), Self::Float(b)) | (Self::Float(b), Self::Integer(a)) => *a as f64 == b.value,
            (Self::List(a), Self::List(b)) => {
                Arc::ptr_eq(a, b) || (a.len() == b.len() && a.iter().zip(&**b).all(|(a, b)| a.same(b)))
            }
            (Self::Table(a), Self::Table(b)) => Arc::ptr_eq(a, b) || a.same(b),
            _ => false,
        }
    }
}

impl std::fmt::Display for TomlValue {
    /// The value as TOML on one line.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => f.write_str(&quoted(text)),
            Self::Integer(number) => write!(f, "{number}"),
            Self::TooLarge(digits) => f.write_str(digits),
            Self::Float(number) if number.value.is_nan() => f.write_str("nan"),
            Self::Float(number) => write!(f, "{:?}", number.value),
            Self::Boolean(flag) => write!(f, "{flag}"),
            Self::Date(date) => f.write_str(date),
            Self::List(list) => {
                f.write_str("[")?;
                for (place, item) in list.iter().enumerate() {
                    write!(f, "{}{}", if place == 0 { "" } else { ", " }, item.value)?;
                }
                f.write_str("]")
            }
            Self::Table(table) if table.is_empty() => f.write_str("{}"),
            Self::Table(table) => {
                f.write_str("{ ")?;
                for (place, (key, value)) in table.iter().enumerate() {
                    let comma = if place == 0 { "" } else { ", " };
                    write!(f, "{comma}{} = {}", written_key(&key.name), value.value)?;
                }
                f.write_str(" }")
            }
        }
    }
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// A key as TOML writes it: bare, or in quotes.
pub fn written_key(name: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    match !name.is_empty() && name.chars().all(bare) {
        true => name.to_owned(),
        false => quoted(name),
    }
}

//! Reads a document through a schema.
//!
//! `toml` has a deserialiser of its own. This one exists because the schema has some two hundred types and every one
//! instantiates every method: it borrows the document instead of consuming a copy, knows no dates and no spanned
//! values, and compiles to a fraction of the code. Its messages and places are those of `toml`. It also says which value
//! of the document an error is about, so that the rest can be read without it, and it gives paths their folder.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::path::Path;

use serde::de::value::StrDeserializer;
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, EnumAccess, Error, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use camlab_data::path::{DATA_PATH, in_folder};

use super::Sources;
use super::tree::{TomlKey, TomlNode, TomlTable, TomlValue};

/// Folders that relative paths start from.
#[derive(Clone, Copy)]
pub(super) struct Folders<'a> {
    /// The texts, each with the folder of its file.
    pub sources: &'a Sources,
    /// Paths that stand in another file than the reference to them: place of the reference, place of the path.
    pub moved: &'a BTreeMap<usize, Range<usize>>,
}

impl Folders<'_> {
    fn of(&self, span: &Range<usize>) -> &Path {
        self.sources.folder(self.moved.get(&span.start).unwrap_or(span))
    }
}

/// The first value that does not fit the schema.
#[derive(Debug)]
pub(super) struct ReadError {
    /// One line.
    pub message: String,
    /// Bytes of the innermost value or key that is wrong.
    pub span: Option<Range<usize>>,
    /// Path of the value, innermost step first.
    pub path: Vec<PathStep>,
}

/// One step to a value in a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PathStep {
    /// The value of a key.
    Key(String),
    /// An element of a list.
    Index(usize),
}

impl ReadError {
    fn at(span: &Range<usize>, message: impl fmt::Display) -> Self {
        Self { span: Some(span.clone()), ..Self::custom(message) }
    }

    /// Gives an error without a place the place of what was being read.
    fn within(mut self, span: &Range<usize>) -> Self {
        self.span.get_or_insert_with(|| span.clone());
        self
    }

    fn below(mut self, step: PathStep) -> Self {
        self.path.push(step);
        self
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ReadError {}

impl Error for ReadError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self { message: message.to_string(), span: None, path: Vec::new() }
    }
}

/// Reads a root table.
///
/// # Errors
/// The first value that does not fit.
pub(super) fn read<T: for<'a> Deserialize<'a>>(
    root: &TomlTable,
    span: &Range<usize>,
    folders: &Folders<'_>,
) -> Result<T, ReadError> {
    T::deserialize(TableReader { table: root, span, folders })
}

/// Reads one value.
///
/// # Errors
/// The first value in it that does not fit.
pub(super) fn read_value<T: for<'a> Deserialize<'a>>(
    value: &TomlNode,
    folders: &Folders<'_>,
) -> Result<T, ReadError> {
    T::deserialize(ValueReader { node: value, folders })
}

/// A table, of which its span is known.
#[derive(Clone, Copy)]
struct TableReader<'a> {
    table: &'a TomlTable,
    span: &'a Range<usize>,
    folders: &'a Folders<'a>,
}

impl<'de> Deserializer<'de> for TableReader<'_> {
    type Error = ReadError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        let entries = Entries { entries: self.table.iter(), entry: None, folders: self.folders };
        visitor.visit_map(entries).map_err(|error| error.within(self.span))
    }

    forward_to_deserialize_any! {
        bool u8 u16 u32 u64 u128 i8 i16 i32 i64 i128 f32 f64 char str string seq bytes byte_buf map unit option
        newtype_struct struct enum ignored_any unit_struct tuple_struct tuple identifier
    }
}

/// One value of the document.
#[derive(Clone, Copy)]
struct ValueReader<'a> {
    node: &'a TomlNode,
    folders: &'a Folders<'a>,
}

impl<'de> Deserializer<'de> for ValueReader<'_> {
    type Error = ReadError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        let TomlNode { span, value } = self.node;
        let read = match value {
            TomlValue::Text(text) => visitor.visit_str(text),
            TomlValue::Integer(number) => match i64::try_from(*number) {
                Ok(number) => visitor.visit_i64(number),
                // Integers beyond 64 bits are `TooLarge`.
                Err(_) => visitor.visit_u64(*number as u64),
            },
            TomlValue::TooLarge(digits) => Err(ReadError::custom(format_args!(
                "invalid value: integer `{digits}`, expected a whole number"
            ))),
            TomlValue::Float(number) if number.fits => visitor.visit_f64(number.value),
            TomlValue::Float(_) => Err(ReadError::custom("floating-point number overflowed")),
            TomlValue::Boolean(flag) => visitor.visit_bool(*flag),
            TomlValue::Date(date) => Err(ReadError::custom(format_args!(
                "invalid type: date `{date}`, expected a text, a number or a table"
            ))),
            TomlValue::List(list) => {
                visitor.visit_seq(Elements { items: list.iter().enumerate(), folders: self.folders })
            }
            TomlValue::Table(table) => {
                return TableReader { table, span, folders: self.folders }.deserialize_any(visitor);
            }
        };
        read.map_err(|error| error.within(span))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        match &self.node.value {
            // A relative path starts from the folder of the file that it is written in.
            TomlValue::Text(written) if name == DATA_PATH => {
                let placed = in_folder(written, self.folders.of(&self.node.span));
                let text: StrDeserializer<'_, ReadError> = placed.as_ref().into_deserializer();
                visitor.visit_newtype_struct(text).map_err(|error| error.within(&self.node.span))
            }
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        let TomlNode { span, value } = self.node;
        let read = match value {
            TomlValue::Text(text) => {
                let text: StrDeserializer<'_, ReadError> = text.as_ref().into_deserializer();
                visitor.visit_enum(text)
            }
            TomlValue::Table(table) => match (table.len(), table.iter().next()) {
                (1, Some((key, value))) => {
                    visitor.visit_enum(OneVariant { key, value: Self { node: value, ..self } })
                }
                (0, _) => Err(ReadError::at(span, "the table is empty; write exactly one key")),
                _ => Err(ReadError::at(span, "the table has several keys; write exactly one")),
            },
            _ => Err(ReadError::at(span, "expected a string or a table with one key")),
        };
        read.map_err(|error| error.within(span))
    }

    forward_to_deserialize_any! {
        bool u8 u16 u32 u64 u128 i8 i16 i32 i64 i128 f32 f64 char str string seq bytes byte_buf map unit struct
        ignored_any unit_struct tuple_struct tuple identifier
    }
}

/// The entries of a table, in its order.
struct Entries<'a> {
    entries: std::slice::Iter<'a, (TomlKey, TomlNode)>,
    entry: Option<&'a (TomlKey, TomlNode)>,
    folders: &'a Folders<'a>,
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = ReadError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, ReadError> {
        self.entry = self.entries.next();
        self.entry.map(|(key, _)| read_key(key, seed)).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, ReadError> {
        let (key, node) = self.entry.take().ok_or_else(|| ReadError::custom("a value without its key"))?;
        let read = seed.deserialize(ValueReader { node, folders: self.folders });
        read.map_err(|error| error.within(&node.span).below(PathStep::Key(key.name.to_string())))
    }
}

fn read_key<'de, K: DeserializeSeed<'de>>(key: &TomlKey, seed: K) -> Result<K::Value, ReadError> {
    let text: StrDeserializer<'_, ReadError> = key.name.as_ref().into_deserializer();
    let step = || PathStep::Key(key.name.to_string());
    seed.deserialize(text).map_err(|error| error.within(&key.span).below(step()))
}

/// The elements of a list.
struct Elements<'a> {
    items: std::iter::Enumerate<std::slice::Iter<'a, TomlNode>>,
    folders: &'a Folders<'a>,
}

impl<'de> SeqAccess<'de> for Elements<'_> {
    type Error = ReadError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, ReadError> {
        let Some((index, node)) = self.items.next() else { return Ok(None) };
        let read = seed.deserialize(ValueReader { node, folders: self.folders });
        read.map(Some).map_err(|error| error.below(PathStep::Index(index)))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

/// `{ name = options }`: a variant of an enum.
struct OneVariant<'a> {
    key: &'a TomlKey,
    value: ValueReader<'a>,
}

impl OneVariant<'_> {
    fn below(&self, error: ReadError) -> ReadError {
        error.below(PathStep::Key(self.key.name.to_string()))
    }
}

impl<'de> EnumAccess<'de> for OneVariant<'_> {
    type Error = ReadError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), ReadError> {
        read_key(self.key, seed).map(|name| (name, self))
    }
}

impl<'de> VariantAccess<'de> for OneVariant<'_> {
    type Error = ReadError;

    fn unit_variant(self) -> Result<(), ReadError> {
        match self.value.node.as_table() {
            Some(table) if table.is_empty() => Ok(()),
            _ => Err(self.below(ReadError::at(&self.value.node.span, "expected empty table"))),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, ReadError> {
        seed.deserialize(self.value).map_err(|error| self.below(error))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, ReadError> {
        self.value.deserialize_any(visitor).map_err(|error| self.below(error))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        self.value.deserialize_any(visitor).map_err(|error| self.below(error))
    }
}

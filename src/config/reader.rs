//! Reads a parsed document through a schema.
//!
//! `toml` has a deserialiser of its own. This one exists because the schema has some two hundred types and every one
//! instantiates every method: it borrows the document instead of consuming a copy, knows no dates and no spanned
//! values, and compiles to a fraction of the code. Its messages and places are those of `toml`.

use std::fmt;
use std::ops::Range;

use serde::de::value::StrDeserializer;
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, EnumAccess, Error, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use toml::Spanned;
use toml::de::{DeInteger, DeString, DeTable, DeValue};
use toml::map;

/// The first value that does not fit the schema.
#[derive(Debug)]
pub(super) struct ReadError {
    /// One line.
    pub message: String,
    /// Bytes of the innermost value or key that is wrong.
    pub span: Option<Range<usize>>,
}

impl ReadError {
    fn at(span: &Range<usize>, message: impl fmt::Display) -> Self {
        Self { message: message.to_string(), span: Some(span.clone()) }
    }

    /// Gives an error without a place the place of what was being read.
    fn within(mut self, span: &Range<usize>) -> Self {
        self.span.get_or_insert_with(|| span.clone());
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
        Self { message: message.to_string(), span: None }
    }
}

/// Reads a root table.
///
/// # Errors
/// The first value that does not fit.
pub(super) fn read<T: for<'a> Deserialize<'a>>(root: &Spanned<DeTable<'_>>) -> Result<T, ReadError> {
    T::deserialize(TableReader { table: root.get_ref(), span: root.span() })
}

/// Reads one value.
///
/// # Errors
/// The first value in it that does not fit.
pub(super) fn read_value<T: for<'a> Deserialize<'a>>(value: &Spanned<DeValue<'_>>) -> Result<T, ReadError> {
    T::deserialize(ValueReader::new(value))
}

/// A table, of which its span is known.
struct TableReader<'a, 't> {
    table: &'a DeTable<'t>,
    span: Range<usize>,
}

impl<'de> Deserializer<'de> for TableReader<'_, '_> {
    type Error = ReadError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        let entries = Entries { entries: self.table.iter(), value: None };
        visitor.visit_map(entries).map_err(|error| error.within(&self.span))
    }

    forward_to_deserialize_any! {
        bool u8 u16 u32 u64 u128 i8 i16 i32 i64 i128 f32 f64 char str string seq bytes byte_buf map unit option
        newtype_struct struct enum ignored_any unit_struct tuple_struct tuple identifier
    }
}

/// One value of the document.
struct ValueReader<'a, 't> {
    value: &'a DeValue<'t>,
    span: Range<usize>,
}

impl<'a, 't> ValueReader<'a, 't> {
    fn new(value: &'a Spanned<DeValue<'t>>) -> Self {
        Self { value: value.get_ref(), span: value.span() }
    }
}

impl<'de> Deserializer<'de> for ValueReader<'_, '_> {
    type Error = ReadError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        let Self { value, span } = self;
        let read = match value {
            DeValue::String(text) => visitor.visit_str(text),
            DeValue::Integer(number) => match integer(number) {
                Some(WrittenInteger::Signed(number)) => visitor.visit_i64(number),
                Some(WrittenInteger::Unsigned(number)) => visitor.visit_u64(number),
                None => Err(ReadError::custom(format_args!(
                    "invalid value: integer `{}`, expected a whole number",
                    number.as_str()
                ))),
            },
            DeValue::Float(number) => match number.as_str().parse::<f64>() {
                Ok(number) if number.is_finite() || !number_is_written(value) => visitor.visit_f64(number),
                _ => Err(ReadError::custom("floating-point number overflowed")),
            },
            DeValue::Boolean(flag) => visitor.visit_bool(*flag),
            DeValue::Datetime(date) => Err(ReadError::custom(format_args!(
                "invalid type: date `{date}`, expected a text, a number or a table"
            ))),
            DeValue::Array(array) => visitor.visit_seq(Elements(array.iter())),
            DeValue::Table(table) => return TableReader { table, span }.deserialize_any(visitor),
        };
        read.map_err(|error| error.within(&span))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        let Self { value, span } = self;
        let read = match value {
            DeValue::String(text) => {
                let text: StrDeserializer<'_, ReadError> = text.as_ref().into_deserializer();
                visitor.visit_enum(text)
            }
            DeValue::Table(table) => match (table.len(), table.iter().next()) {
                (1, Some((key, value))) => visitor.visit_enum(OneVariant { key, value }),
                (0, _) => Err(ReadError::at(&span, "the table is empty; write exactly one key")),
                _ => Err(ReadError::at(&span, "the table has several keys; write exactly one")),
            },
            _ => Err(ReadError::at(&span, "expected a string or a table with one key")),
        };
        read.map_err(|error| error.within(&span))
    }

    forward_to_deserialize_any! {
        bool u8 u16 u32 u64 u128 i8 i16 i32 i64 i128 f32 f64 char str string seq bytes byte_buf map unit struct
        ignored_any unit_struct tuple_struct tuple identifier
    }
}

enum WrittenInteger {
    Signed(i64),
    Unsigned(u64),
}

fn integer(number: &DeInteger<'_>) -> Option<WrittenInteger> {
    let (text, radix) = (number.as_str(), number.radix());
    let signed = i64::from_str_radix(text, radix).ok().map(WrittenInteger::Signed);
    signed.or_else(|| u64::from_str_radix(text, radix).ok().map(WrittenInteger::Unsigned))
}

/// `true` for digits; `false` for the words `inf` and `nan`.
fn number_is_written(value: &DeValue<'_>) -> bool {
    matches!(value, DeValue::Float(number) if number.as_str().contains(|c: char| c.is_ascii_digit()))
}

/// The entries of a table, in its order.
struct Entries<'a, 't> {
    entries: map::Iter<'a, Spanned<DeString<'t>>, Spanned<DeValue<'t>>>,
    value: Option<&'a Spanned<DeValue<'t>>>,
}

impl<'de> MapAccess<'de> for Entries<'_, '_> {
    type Error = ReadError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, ReadError> {
        let Some((key, value)) = self.entries.next() else { return Ok(None) };
        self.value = Some(value);
        read_key(key, seed).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, ReadError> {
        let value = self.value.take().ok_or_else(|| ReadError::custom("a value without its key"))?;
        seed.deserialize(ValueReader::new(value)).map_err(|error| error.within(&value.span()))
    }
}

fn read_key<'de, K: DeserializeSeed<'de>>(
    key: &Spanned<DeString<'_>>,
    seed: K,
) -> Result<K::Value, ReadError> {
    let text: StrDeserializer<'_, ReadError> = key.get_ref().as_ref().into_deserializer();
    seed.deserialize(text).map_err(|error| error.within(&key.span()))
}

/// The elements of a list.
struct Elements<'a, 't>(std::slice::Iter<'a, Spanned<DeValue<'t>>>);

impl<'de> SeqAccess<'de> for Elements<'_, '_> {
    type Error = ReadError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, ReadError> {
        self.0.next().map(|value| seed.deserialize(ValueReader::new(value))).transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

/// `{ name = options }`: a variant of an enum.
struct OneVariant<'a, 't> {
    key: &'a Spanned<DeString<'t>>,
    value: &'a Spanned<DeValue<'t>>,
}

impl<'de> EnumAccess<'de> for OneVariant<'_, '_> {
    type Error = ReadError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), ReadError> {
        read_key(self.key, seed).map(|name| (name, self))
    }
}

impl<'de> VariantAccess<'de> for OneVariant<'_, '_> {
    type Error = ReadError;

    fn unit_variant(self) -> Result<(), ReadError> {
        match self.value.get_ref() {
            DeValue::Table(table) if table.is_empty() => Ok(()),
            _ => Err(ReadError::at(&self.value.span(), "expected empty table")),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, ReadError> {
        seed.deserialize(ValueReader::new(self.value))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, ReadError> {
        ValueReader::new(self.value).deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        ValueReader::new(self.value).deserialize_any(visitor)
    }
}

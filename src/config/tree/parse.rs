use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue, Error};

use super::{TomlFloat, TomlKey, TomlNode, TomlTable, TomlValue};

/// Reads a text as a root table whose places begin at `offset`.
///
/// # Errors
/// All syntax errors; their places begin at 0.
pub fn parse_document(text: &str, offset: usize) -> Result<TomlNode, Vec<Error>> {
    let (root, errors) = DeTable::parse_recoverable(text);
    match errors.is_empty() {
        true => Ok(TomlNode::table(shifted(root.span(), offset), table(root.get_ref(), offset))),
        false => Err(errors),
    }
}

/// Reads a text as one value whose place begins at `offset`.
///
/// # Errors
/// A text that is no TOML value; its place begins at 0.
pub fn parse_value(text: &str, offset: usize) -> Result<TomlNode, Error> {
    DeValue::parse(text).map(|value| node(&value, offset))
}

fn shifted(span: Range<usize>, offset: usize) -> Range<usize> {
    span.start + offset..span.end + offset
}

fn table(parsed: &DeTable<'_>, offset: usize) -> TomlTable {
    let entry = |(name, value): (&Spanned<std::borrow::Cow<'_, str>>, &Spanned<DeValue<'_>>)| {
        let key = TomlKey { name: name.get_ref().as_ref().into(), span: shifted(name.span(), offset) };
        (key, node(value, offset))
    };
    let mut entries: Vec<(TomlKey, TomlNode)> = parsed.iter().map(entry).collect();
    // Parsed tables are sorted by name.
    entries.sort_by_key(|(key, _)| key.span.start);
    entries.into_iter().collect()
}

fn node(parsed: &Spanned<DeValue<'_>>, offset: usize) -> TomlNode {
    let value = match parsed.get_ref() {
        DeValue::String(text) => TomlValue::Text(text.as_ref().into()),
        DeValue::Integer(number) => integer(number),
        DeValue::Float(number) => float(number.as_str()),
        DeValue::Boolean(flag) => TomlValue::Boolean(*flag),
        DeValue::Datetime(date) => TomlValue::Date(date.to_string().into()),
        DeValue::Array(items) => {
            TomlValue::List(Arc::new(items.iter().map(|item| node(item, offset)).collect()))
        }
        DeValue::Table(entries) => TomlValue::Table(Arc::new(table(entries, offset))),
    };
    TomlNode::new(shifted(parsed.span(), offset), value)
}

fn integer(number: &DeInteger<'_>) -> TomlValue {
    let within = i128::from(i64::MIN)..=i128::from(u64::MAX);
    match i128::from_str_radix(number.as_str(), number.radix()) {
        Ok(value) if within.contains(&value) => TomlValue::Integer(value),
        _ => TomlValue::TooLarge(number.as_str().into()),
    }
}

fn float(digits: &str) -> TomlValue {
    let value = digits.parse().unwrap_or(f64::NAN);
    let word = !digits.contains(|c: char| c.is_ascii_digit());
    TomlValue::Float(TomlFloat { value, fits: value.is_finite() || word })
}

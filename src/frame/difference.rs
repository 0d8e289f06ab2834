//! The first difference between two tables of equal height, bit by bit.

use std::fmt::{Debug, Display};

use polars::prelude::*;

use super::column::ColumnValue;

/// Characters of a text that are shown at most.
const SHOWN: usize = 100;
/// Characters of a text up to which it helps to find a row.
const NAME: usize = 40;

/// The first difference between a recorded frame and a new one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FrameDifference {
    /// One of the two reports lacks the frame, or it cannot be read.
    Unreadable {
        /// The error, which names the file.
        error: String,
    },
    /// The frames have different columns.
    Columns {
        /// Those of the recorded frame alone.
        recorded: Vec<String>,
        /// Those of the new frame alone.
        new: Vec<String>,
    },
    /// A column has different types.
    Type {
        /// The column.
        column: String,
        /// Its type in the recorded frame.
        recorded: String,
        /// Its type in the new frame.
        new: String,
    },
    /// All rows that both frames have are equal, and one has more.
    Rows {
        /// Number of rows of the recorded frame.
        recorded: usize,
        /// Number of rows of the new frame.
        new: usize,
    },
    /// A value.
    Value {
        /// Its row, from 0.
        row: usize,
        /// The row's names before the column: `cell = s0, network = kaiming`; empty where it has none.
        named: String,
        /// Its column.
        column: String,
        /// The recorded value, with all digits.
        recorded: String,
        /// The new value.
        new: String,
    },
}

impl Display for FrameDifference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unreadable { error } => write!(f, "{error}"),
            Self::Columns { recorded, new } => {
                let listed =
                    |names: &[String]| if names.is_empty() { "none".into() } else { names.join(", ") };
                write!(f, "columns of the recorded frame alone: {}; ", listed(recorded))?;
                write!(f, "of the new one alone: {}", listed(new))
            }
            Self::Type { column, recorded, new } => {
                write!(f, "column {column}: recorded as {recorded}, new as {new}")
            }
            Self::Rows { recorded, new } => write!(f, "recorded {recorded} rows, new {new}"),
            Self::Value { row, named, column, recorded, new } => {
                let named = if named.is_empty() { String::new() } else { format!(" ({named})") };
                write!(f, "row {row}{named}, column {column}: recorded {recorded}, new {new}")
            }
        }
    }
}

/// The first difference between two tables with the same columns and the same number of rows, whose first row is the
/// frame's row `start`. Equal floats have equal bits, but any NaN equals any other.
pub(super) fn first_difference(
    recorded: &DataFrame,
    new: &DataFrame,
    start: usize,
) -> PolarsResult<Option<FrameDifference>> {
    let mut first: Option<(usize, usize)> = None;
    for (place, (old, new)) in recorded.columns().iter().zip(new.columns()).enumerate() {
        if old.dtype() != new.dtype() {
            return Ok(Some(FrameDifference::Type {
                column: old.name().to_string(),
                recorded: old.dtype().to_string(),
                new: new.dtype().to_string(),
            }));
        }
        if let Some(row) = first_row(old, new)?
            && first.is_none_or(|(known, _)| row < known)
        {
            first = Some((row, place));
        }
    }
    let Some((row, place)) = first else { return Ok(None) };
    let [old, new] = [recorded, new].map(|table| table.columns().get(place));
    let (Some(old), Some(new)) = (old, new) else { return Ok(None) };
    let (recorded_value, new_value) = values_at(old, new, row)?;
    Ok(Some(FrameDifference::Value {
        row: start + row,
        named: names_at(recorded, place, row)?,
        column: old.name().to_string(),
        recorded: recorded_value,
        new: new_value,
    }))
}

/// The first row in which two columns of one type differ.
fn first_row(old: &Column, new: &Column) -> PolarsResult<Option<usize>> {
    fn equal<T: PartialEq>(a: &T, b: &T) -> bool {
        a == b
    }
    macro_rules! plain {
        ($view:ident, $equal:expr) => {
            first_unequal(old.$view()?.iter(), new.$view()?.iter(), $equal)
        };
    }
    macro_rules! lists {
        ($type:ty, $equal:expr) => {{
            let [old, new] = [<Vec<$type>>::values(old)?, <Vec<$type>>::values(new)?];
            first_unequal(old.iter(), new.iter(), |a, b| {
                a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| $equal(a, b))
            })
        }};
    }
    Ok(match old.dtype() {
        DataType::Float32 => plain!(f32, |a, b| both(a, b, same_f32)),
        DataType::Float64 => plain!(f64, |a, b| both(a, b, same_f64)),
        DataType::Int64 => plain!(i64, equal),
        DataType::UInt32 => plain!(u32, equal),
        DataType::UInt64 => plain!(u64, equal),
        DataType::Boolean => plain!(bool, equal),
        DataType::String => plain!(str, equal),
        DataType::Binary => plain!(binary, equal),
        DataType::List(inner) => match **inner {
            DataType::Float32 => lists!(f32, same_f32),
            DataType::Int32 => lists!(i32, equal),
            DataType::UInt32 => lists!(u32, equal),
            _ => any_row(old, new)?,
        },
        _ => any_row(old, new)?,
    })
}

/// The first row in which two columns of a type that camlab does not write differ.
fn any_row(old: &Column, new: &Column) -> PolarsResult<Option<usize>> {
    for row in 0..old.len().min(new.len()) {
        if old.get(row)? != new.get(row)? {
            return Ok(Some(row));
        }
    }
    Ok(None)
}

fn first_unequal<T>(
    old: impl Iterator<Item = T>,
    new: impl Iterator<Item = T>,
    equal: impl Fn(&T, &T) -> bool,
) -> Option<usize> {
    old.zip(new).position(|(old, new)| !equal(&old, &new))
}

/// Both absent, or both there and the same.
fn both<T>(old: &Option<T>, new: &Option<T>, same: fn(&T, &T) -> bool) -> bool {
    match (old, new) {
        (None, None) => true,
        (Some(old), Some(new)) => same(old, new),
        _ => false,
    }
}

fn same_f32(a: &f32, b: &f32) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}

fn same_f64(a: &f64, b: &f64) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}

/// The short texts and seeds of a row before a column, by which a person finds it.
fn names_at(table: &DataFrame, before: usize, row: usize) -> PolarsResult<String> {
    let mut names = Vec::new();
    for column in table.columns().iter().take(before) {
        let value = match column.get(row)? {
            AnyValue::String(text) if text.chars().count() <= NAME && !text.is_empty() => text.to_owned(),
            AnyValue::Int64(number) => number.to_string(),
            _ => continue,
        };
        names.push(format!("{} = {value}", column.name()));
    }
    Ok(names.join(", "))
}

/// Two different values in words: the element, byte or line in which lists, bytes and long texts differ.
fn values_at(old: &Column, new: &Column, row: usize) -> PolarsResult<(String, String)> {
    macro_rules! lists {
        ($type:ty, $same:expr) => {{
            let one = |column: &Column| -> PolarsResult<Vec<$type>> {
                Ok(<Vec<$type>>::values(&column.slice(row as i64, 1))?.pop().unwrap_or_default())
            };
            elements("element", &one(old)?, &one(new)?, $same)
        }};
    }
    fn equal<T: PartialEq>(a: &T, b: &T) -> bool {
        a == b
    }
    Ok(match (old.get(row)?, new.get(row)?) {
        (AnyValue::String(old), AnyValue::String(new)) => texts(old, new),
        (AnyValue::Binary(old), AnyValue::Binary(new)) => elements("byte", old, new, equal),
        (AnyValue::List(_), AnyValue::List(_)) => match old.dtype() {
            DataType::List(inner) if **inner == DataType::Float32 => lists!(f32, same_f32),
            DataType::List(inner) if **inner == DataType::Int32 => lists!(i32, equal),
            DataType::List(inner) if **inner == DataType::UInt32 => lists!(u32, equal),
            _ => (plain(&old.get(row)?), plain(&new.get(row)?)),
        },
        (old, new) => (plain(&old), plain(&new)),
    })
}

/// The first different element of two lists.
fn elements<T: Debug>(noun: &str, old: &[T], new: &[T], same: fn(&T, &T) -> bool) -> (String, String) {
    if old.len() != new.len() {
        return (format!("{} {noun}s", old.len()), format!("{} {noun}s", new.len()));
    }
    let at = old.iter().zip(new).position(|(old, new)| !same(old, new)).unwrap_or(0);
    let word = |list: &[T]| match list.get(at) {
        Some(value) => format!("{value:?} as {noun} {at} of {}", list.len()),
        None => format!("no {noun}"),
    };
    (word(old), word(new))
}

/// Two texts, or the first different line of long ones.
fn texts(old: &str, new: &str) -> (String, String) {
    let short = |text: &str| !text.contains('\n') && text.chars().count() <= SHOWN;
    if short(old) && short(new) {
        return (format!("{old:?}"), format!("{new:?}"));
    }
    let at = old.lines().zip(new.lines()).position(|(old, new)| old != new);
    let at = at.unwrap_or_else(|| old.lines().count().min(new.lines().count()));
    let word = |text: &str| match text.lines().nth(at) {
        Some(line) if line.chars().count() > SHOWN => {
            format!("{:?}... in line {}", line.chars().take(SHOWN).collect::<String>(), at + 1)
        }
        Some(line) => format!("{line:?} in line {}", at + 1),
        None => format!("{} lines", text.lines().count()),
    };
    (word(old), word(new))
}

/// A value with all its digits.
fn plain(value: &AnyValue<'_>) -> String {
    match value {
        AnyValue::Null => "null".to_owned(),
        AnyValue::Float32(number) => format!("{number:?}"),
        AnyValue::Float64(number) => format!("{number:?}"),
        AnyValue::String(text) => format!("{text:?}"),
        other => other.to_string(),
    }
}

//! Conversion between Rust values and Polars columns: one implementation per type that a frame may hold.

use std::collections::HashMap;
use std::sync::Arc;

use polars::prelude::*;

use super::NameValue;

/// A type that fills one column of a frame.
pub trait ColumnValue: Sized {
    /// Name of the type for people.
    const TYPE: &'static str;

    /// The column `name` of these values, in order.
    fn column<'a>(name: &str, values: impl ExactSizeIterator<Item = &'a Self>) -> Column
    where
        Self: 'a;

    /// The values of a column, in order.
    ///
    /// # Errors
    /// If the column has another type, or a null that the type cannot represent.
    fn values(column: &Column) -> PolarsResult<Vec<Self>>;

    /// The value before a column is joined; `None` for a type that always has one.
    fn absent() -> Option<Self> {
        None
    }

    /// The value that a name gives; `None` if it has another type.
    fn of_name(_: &NameValue) -> Option<Self> {
        None
    }
}

/// Values of a column that an artefact lacks; `None` unless it is one of `joined`.
pub(super) fn absent<T: ColumnValue>(column: &str, joined: &[&str], rows: usize) -> Option<Vec<T>> {
    let values = || (0..rows).map(|_| T::absent()).collect();
    if joined.contains(&column) { values() } else { None }
}

/// A column with one value in every row.
pub(super) fn repeated<T: ColumnValue>(name: &str, value: &T, rows: usize) -> Column {
    T::column(name, std::iter::once(value)).new_from_index(0, rows)
}

fn null_found(column: &Column) -> PolarsError {
    polars_err!(ComputeError: "column `{}` holds a null where a value is required", column.name())
}

/// Implements [`ColumnValue`] for a plain type and for its `Option`.
macro_rules! scalar {
    ($type:ty, $word:literal, $view:ident, $read:expr, $name:expr) => {
        impl ColumnValue for $type {
            const TYPE: &'static str = $word;

            fn column<'a>(name: &str, values: impl ExactSizeIterator<Item = &'a Self>) -> Column {
                Series::new(name.into(), values.cloned().collect::<Vec<$type>>()).into()
            }

            fn values(column: &Column) -> PolarsResult<Vec<Self>> {
                let read: fn(_) -> $type = $read;
                column
                    .$view()?
                    .iter()
                    .map(|value| value.map(read).ok_or_else(|| null_found(column)))
                    .collect()
            }

            fn absent() -> Option<Self> {
                Some(<$type>::default())
            }

            fn of_name(name: &NameValue) -> Option<Self> {
                let value: fn(&NameValue) -> Option<$type> = $name;
                value(name)
            }
        }

        impl ColumnValue for Option<$type> {
            const TYPE: &'static str = concat!($word, " or null");

            fn column<'a>(name: &str, values: impl ExactSizeIterator<Item = &'a Self>) -> Column {
                Series::new(name.into(), values.cloned().collect::<Vec<Option<$type>>>()).into()
            }

            fn values(column: &Column) -> PolarsResult<Vec<Self>> {
                let read: fn(_) -> $type = $read;
                Ok(column.$view()?.iter().map(|value| value.map(read)).collect())
            }

            fn absent() -> Option<Self> {
                Some(None)
            }

            fn of_name(name: &NameValue) -> Option<Self> {
                <$type>::of_name(name).map(Some)
            }
        }
    };
}

scalar!(String, "text", str, str::to_owned, NameValue::text);
scalar!(i64, "i64", i64, |value| value, NameValue::whole);
scalar!(u32, "u32", u32, |value| value, |name| name.whole()?.try_into().ok());
scalar!(u64, "u64", u64, |value| value, |name| name.whole()?.try_into().ok());
scalar!(f32, "f32", f32, |value| value, |_| None);
scalar!(f64, "f64", f64, |value| value, |_| None);
scalar!(bool, "bool", bool, |value| value, |_| None);

/// Text that many rows share: equal values of a column are one allocation.
impl ColumnValue for Arc<str> {
    const TYPE: &'static str = String::TYPE;

    fn column<'a>(name: &str, values: impl ExactSizeIterator<Item = &'a Self>) -> Column {
        StringChunked::from_iter_values(name.into(), values.map(|text| &**text)).into_series().into()
    }

    fn values(column: &Column) -> PolarsResult<Vec<Self>> {
        let mut known: HashMap<&str, Self> = HashMap::new();
        let mut last: Option<(&str, Self)> = None;
        let mut shared = |text| {
            // Most often a row has the text of the row before.
            if let Some((before, found)) = &last
                && *before == text
            {
                return Arc::clone(found);
            }
            let found = known.entry(text).or_insert_with(|| text.into());
            last = Some((text, Arc::clone(found)));
            Arc::clone(found)
        };
        let texts = column.str()?.iter();
        texts.map(|text| text.map(&mut shared).ok_or_else(|| null_found(column))).collect()
    }

    fn absent() -> Option<Self> {
        Some("".into())
    }

    fn of_name(name: &NameValue) -> Option<Self> {
        name.text().map(Into::into)
    }
}

/// Implements [`ColumnValue`] for a list of numbers per row.
macro_rules! list {
    ($type:ty, $polars:ty, $dtype:expr, $view:ident) => {
        impl ColumnValue for Vec<$type> {
            const TYPE: &'static str = concat!("list of ", stringify!($type));

            fn column<'a>(name: &str, values: impl ExactSizeIterator<Item = &'a Self>) -> Column {
                let mut builder =
                    ListPrimitiveChunkedBuilder::<$polars>::new(name.into(), values.len(), 0, $dtype);
                values.for_each(|list| builder.append_slice(list));
                builder.finish().into_series().into()
            }

            fn values(column: &Column) -> PolarsResult<Vec<Self>> {
                let lists = column.list()?;
                let numbers = lists.get_inner();
                let numbers = numbers.$view()?.rechunk();
                if lists.null_count() + numbers.null_count() > 0 {
                    return Err(null_found(column));
                }
                let numbers = numbers.cont_slice()?;
                let (mut rows, mut start) = (Vec::with_capacity(lists.len()), 0);
                for chunk in lists.downcast_iter() {
                    rows.extend(chunk.offsets().as_slice().windows(2).map(|ends| {
                        let [from, to] = [ends[0], ends[1]].map(|end| start + end as usize);
                        numbers[from..to].to_vec()
                    }));
                    start += chunk.values().len();
                }
                Ok(rows)
            }

            fn absent() -> Option<Self> {
                Some(Vec::new())
            }
        }
    };
}

list!(i32, Int32Type, DataType::Int32, i32);
list!(u32, UInt32Type, DataType::UInt32, u32);
list!(f32, Float32Type, DataType::Float32, f32);

/// Bytes of an encoded image: a binary column, one blob per row.
impl ColumnValue for Vec<u8> {
    const TYPE: &'static str = "bytes";

    fn column<'a>(name: &str, values: impl ExactSizeIterator<Item = &'a Self>) -> Column {
        BinaryChunked::from_iter_values(name.into(), values.map(Vec::as_slice)).into_series().into()
    }

    fn values(column: &Column) -> PolarsResult<Vec<Self>> {
        column
            .binary()?
            .iter()
            .map(|value| value.map(<[u8]>::to_vec).ok_or_else(|| null_found(column)))
            .collect()
    }
}

/// Declares an enum that is stored as a text column: its variants and their words in the file.
macro_rules! word {
    // With `absent VARIANT`, that stands for a column that a frame lacks.
    ($(#[$meta:meta])* $name:ident $(absent $absent:ident)? { $($(#[$doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$doc])* $variant,)* }

        impl $name {
            /// The word in the file.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }

        impl $crate::column::ColumnValue for $name {
            const TYPE: &'static str = concat!("text:" $(, " `", $text, "`")*);

            fn column<'a>(
                name: &str,
                values: impl ExactSizeIterator<Item = &'a Self>,
            ) -> polars::prelude::Column {
                use polars::prelude::NamedFrom;
                let words: Vec<&str> = values.map(|value| value.as_str()).collect();
                polars::prelude::Series::new(name.into(), words).into()
            }

            fn values(column: &polars::prelude::Column) -> polars::prelude::PolarsResult<Vec<Self>> {
                let read = |word: String| match word.as_str() {
                    $($text => Ok(Self::$variant),)*
                    other => Err(polars::prelude::polars_err!(
                        ComputeError: "column `{}` holds `{}`, expected one of {:?}",
                        column.name(), other, [$($text),*]
                    )),
                };
                <String as $crate::column::ColumnValue>::values(column)?.into_iter().map(read).collect()
            }

            $(fn absent() -> Option<Self> {
                Some(Self::$absent)
            })?
        }
    };
}
pub(super) use word;

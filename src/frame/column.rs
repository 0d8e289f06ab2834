//! Conversion between Rust values and Polars columns: one implementation per type that a frame may hold.

use polars::prelude::*;

/// A type that fills one column of a frame.
pub trait ColumnValue: Sized {
    /// The column `name` of these values, in order.
    fn column<'a>(name: &str, values: impl ExactSizeIterator<Item = &'a Self>) -> Column
    where
        Self: 'a;

    /// The values of a column, in order.
    ///
    /// # Errors
    /// If the column has another type, or a null that the type cannot represent.
    fn values(column: &Column) -> PolarsResult<Vec<Self>>;
}

fn null_found(column: &Column) -> PolarsError {
    polars_err!(ComputeError: "column `{}` holds a null where a value is required", column.name())
}

/// Implements [`ColumnValue`] for a plain type and for its `Option`.
macro_rules! scalar {
    ($type:ty, $view:ident, $read:expr) => {
        impl ColumnValue for $type {
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
        }

        impl ColumnValue for Option<$type> {
            fn column<'a>(name: &str, values: impl ExactSizeIterator<Item = &'a Self>) -> Column {
                Series::new(name.into(), values.cloned().collect::<Vec<Option<$type>>>()).into()
            }

            fn values(column: &Column) -> PolarsResult<Vec<Self>> {
                let read: fn(_) -> $type = $read;
                Ok(column.$view()?.iter().map(|value| value.map(read)).collect())
            }
        }
    };
}

scalar!(String, str, str::to_owned);
scalar!(i64, i64, |value| value);
scalar!(u32, u32, |value| value);
scalar!(f32, f32, |value| value);
scalar!(f64, f64, |value| value);
scalar!(bool, bool, |value| value);

/// Implements [`ColumnValue`] for a list of numbers per row.
macro_rules! list {
    ($type:ty, $polars:ty, $dtype:expr, $view:ident) => {
        impl ColumnValue for Vec<$type> {
            fn column<'a>(name: &str, values: impl ExactSizeIterator<Item = &'a Self>) -> Column {
                let mut builder =
                    ListPrimitiveChunkedBuilder::<$polars>::new(name.into(), values.len(), 0, $dtype);
                values.for_each(|list| builder.append_slice(list));
                builder.finish().into_series().into()
            }

            fn values(column: &Column) -> PolarsResult<Vec<Self>> {
                column
                    .list()?
                    .series_iter()
                    .map(|list| {
                        let list = list.ok_or_else(|| null_found(column))?;
                        list.$view()?
                            .iter()
                            .map(|value| value.ok_or_else(|| null_found(column)))
                            .collect::<PolarsResult<Vec<$type>>>()
                    })
                    .collect()
            }
        }
    };
}

list!(i32, Int32Type, DataType::Int32, i32);
list!(u32, UInt32Type, DataType::UInt32, u32);
list!(f32, Float32Type, DataType::Float32, f32);

/// Bytes of an encoded image: a binary column, one blob per row.
impl ColumnValue for Vec<u8> {
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
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)* }) => {
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
        }
    };
}
pub(super) use word;

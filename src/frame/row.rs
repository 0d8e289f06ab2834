//! Declaration of frames as row structs; columns, reading and writing are derived.

use polars::prelude::*;

use super::{ColumnInfo, Names};

/// A row of one Parquet file, of a report directory or of an artefact.
pub trait Row: Sized {
    /// The file's name inside the report directory.
    const FILE: &'static str;
    /// The rows in a sentence or two.
    const ABOUT: &'static str;
    /// The columns, in the file's order.
    const COLUMNS: &'static [ColumnInfo];
    /// The columns that an artefact lacks: names of the file and measured cost, joined when a report is assembled.
    const JOINED: &'static [&'static str];

    /// The columns of these rows.
    fn columns(rows: &[Self]) -> Vec<Column>;

    /// The rows of a frame that has at least [`Row::COLUMNS`], those of [`Row::JOINED`] excepted.
    ///
    /// # Errors
    /// If a column is missing, has another type, or holds an unexpected null.
    fn rows(frame: &DataFrame) -> PolarsResult<Vec<Self>>;

    /// The columns that `names` has a value for, the same in every row; a column of [`Row::JOINED`] that `names`
    /// lacks is empty, and any other column that it lacks is left out.
    fn joined(names: &Names, rows: usize) -> Vec<Column>;
}

/// Declares a row struct whose fields are the columns of a Parquet file, and implements [`Row`] for it. A second
/// struct over the same file with fewer fields is a projection: only its columns are read. The comments are the
/// columns' documentation (`camlab frames`), the text after `=>` is the unit; `[measured]` marks a column that differs
/// between equal runs.
macro_rules! frame {
    (
        $(#[doc = $about:literal])+
        $name:ident in $file:literal $(joined [$($joined:ident),* $(,)?])? {
            $($(#[doc = $doc:literal])+ $field:ident: $type:ty $(=> $unit:literal)? $([$measured:ident])?,)*
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone, PartialEq)]
        pub struct $name { $($(#[doc = $doc])+ pub $field: $type,)* }

        impl $crate::row::Row for $name {
            const FILE: &'static str = $file;
            const ABOUT: &'static str = concat!($($about),+);
            const COLUMNS: &'static [$crate::ColumnInfo] = &[$($crate::ColumnInfo {
                name: stringify!($field),
                kind: <$type as $crate::column::ColumnValue>::TYPE,
                unit: concat!($($unit)?),
                meaning: concat!($($doc),+),
                measured: !concat!($(stringify!($measured))?).is_empty(),
            }),*];
            const JOINED: &'static [&'static str] = &[$($(stringify!($joined)),*)?];

            fn columns(rows: &[Self]) -> Vec<polars::prelude::Column> {
                use $crate::column::ColumnValue;
                vec![$(<$type>::column(stringify!($field), rows.iter().map(|row| &row.$field))),*]
            }

            fn rows(frame: &polars::prelude::DataFrame) -> polars::prelude::PolarsResult<Vec<Self>> {
                use $crate::column::ColumnValue;
                $(
                    let absent = || $crate::column::absent(stringify!($field), Self::JOINED, frame.height());
                    let mut $field = match frame.column(stringify!($field)) {
                        Ok(column) => <$type>::values(column)?,
                        Err(error) => absent().ok_or(error)?,
                    }
                    .into_iter();
                )*
                let mut rows = Vec::with_capacity(frame.height());
                while let ($(Some($field),)*) = ($($field.next(),)*) {
                    rows.push(Self { $($field,)* });
                }
                Ok(rows)
            }

            fn joined(names: &$crate::Names, rows: usize) -> Vec<polars::prelude::Column> {
                use $crate::column::ColumnValue;
                let mut columns = Vec::new();
                $(
                    let given = names.get(stringify!($field)).and_then(<$type>::of_name);
                    let absent = || Self::JOINED.contains(&stringify!($field)).then(<$type>::absent).flatten();
                    if let Some(value) = given.or_else(absent) {
                        columns.push($crate::column::repeated(stringify!($field), &value, rows));
                    }
                )*
                columns
            }
        }
    };
}
pub(super) use frame;

//! Declaration of frames as row structs; columns, reading and writing are derived.

use polars::prelude::*;

use super::Names;

/// A row of one Parquet file, of a report directory or of an artefact.
pub trait Row: Sized {
    /// The file's name inside the report directory.
    const FILE: &'static str;
    /// The column names, in the file's order.
    const COLUMNS: &'static [&'static str];
    /// The columns that an artefact lacks: names of the file and measured cost, joined when a report is assembled.
    const JOINED: &'static [&'static str];

    /// The columns of these rows.
    fn columns(rows: &[Self]) -> Vec<Column>;

    /// The rows of a frame that has at least [`Row::COLUMNS`], those of [`Row::JOINED`] excepted.
    ///
    /// # Errors
    /// If a column is missing, has another type, or holds an unexpected null.
    fn rows(frame: &DataFrame) -> PolarsResult<Vec<Self>>;

    /// Sets the columns that `names` has a value for.
    fn join(&mut self, names: &Names);
}

/// Declares a row struct whose fields are the columns of a Parquet file, and implements [`Row`] for it. A second
/// struct over the same file with fewer fields is a projection: only its columns are read.
macro_rules! frame {
    (
        $(#[$meta:meta])*
        $name:ident in $file:literal $(joined [$($joined:ident),* $(,)?])? {
            $($(#[$doc:meta])* $field:ident: $type:ty,)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $name { $($(#[$doc])* pub $field: $type,)* }

        impl $crate::row::Row for $name {
            const FILE: &'static str = $file;
            const COLUMNS: &'static [&'static str] = &[$(stringify!($field)),*];
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

            fn join(&mut self, names: &$crate::Names) {
                use $crate::column::ColumnValue;
                $(if let Some(value) = names.get(stringify!($field)).and_then(<$type>::of_name) {
                    self.$field = value;
                })*
            }
        }
    };
}
pub(super) use frame;

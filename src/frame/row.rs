//! Declaration of frames as row structs; columns, reading and writing are derived.

use polars::prelude::*;

/// A row of one Parquet file of a report directory.
pub trait Row: Sized {
    /// The file's name inside the report directory.
    const FILE: &'static str;
    /// The column names, in the file's order.
    const COLUMNS: &'static [&'static str];

    /// The columns of these rows.
    fn columns(rows: &[Self]) -> Vec<Column>;

    /// The rows of a frame that has at least [`Row::COLUMNS`].
    ///
    /// # Errors
    /// If a column is missing, has another type, or holds an unexpected null.
    fn rows(frame: &DataFrame) -> PolarsResult<Vec<Self>>;
}

/// Declares a row struct whose fields are the columns of a Parquet file, and implements [`Row`] for it. A second
/// struct over the same file with fewer fields is a projection: only its columns are read.
macro_rules! frame {
    ($(#[$meta:meta])* $name:ident in $file:literal { $($(#[$doc:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $name { $($(#[$doc])* pub $field: $type,)* }

        impl $crate::row::Row for $name {
            const FILE: &'static str = $file;
            const COLUMNS: &'static [&'static str] = &[$(stringify!($field)),*];

            fn columns(rows: &[Self]) -> Vec<polars::prelude::Column> {
                use $crate::column::ColumnValue;
                vec![$(<$type>::column(stringify!($field), rows.iter().map(|row| &row.$field))),*]
            }

            fn rows(frame: &polars::prelude::DataFrame) -> polars::prelude::PolarsResult<Vec<Self>> {
                use $crate::column::ColumnValue;
                $(let mut $field = <$type>::values(frame.column(stringify!($field))?)?.into_iter();)*
                let mut rows = Vec::with_capacity(frame.height());
                while let ($(Some($field),)*) = ($($field.next(),)*) {
                    rows.push(Self { $($field,)* });
                }
                Ok(rows)
            }
        }
    };
}
pub(super) use frame;

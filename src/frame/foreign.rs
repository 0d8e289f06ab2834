//! Parquet files of other programs, of which one column of a row group is read at a time.

use std::fs::File;
use std::io::{Cursor, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use polars_arrow::array::{Array, BinaryViewArray, PrimitiveArray, StructArray, Utf8ViewArray};
use polars_arrow::datatypes::{ArrowDataType, Field};
use polars_parquet::read::{
    BasicDecompressor, ColumnChunkMetadata, FileMetadata, PageReader, column_iter_to_arrays, infer_schema,
    read_metadata,
};

use super::guard::guarded;

/// A Parquet file whose columns are bytes, texts or whole numbers, some of them inside a struct.
#[derive(Debug)]
pub struct ForeignTable {
    path: PathBuf,
    metadata: FileMetadata,
}

/// Values of one column in one row group; `None` for a row without.
#[derive(Debug, Clone, PartialEq)]
pub enum ForeignColumn {
    /// Bytes, of texts their UTF-8.
    Bytes(Vec<Option<Vec<u8>>>),
    /// Whole numbers.
    Integers(Vec<Option<i64>>),
}

impl ForeignTable {
    /// Reads the footer of a file.
    ///
    /// # Errors
    /// A file that cannot be opened, or is no whole Parquet file.
    pub fn open(path: &Path) -> Result<Self, String> {
        let mut file = File::open(path).map_err(|error| error.to_string())?;
        let metadata = guarded(|| read_metadata(&mut file))
            .and_then(|read| read.map_err(|error| error.to_string()))
            .map_err(|error| format!("no whole Parquet file ({error}); fetch it again"))?;
        Ok(Self { path: path.to_path_buf(), metadata })
    }

    /// Rows of each group.
    pub fn groups(&self) -> Vec<usize> {
        self.metadata.row_groups.iter().map(|group| group.num_rows()).collect()
    }

    /// Names of the columns; those inside a struct are `struct.field`.
    pub fn columns(&self) -> Vec<String> {
        let columns = self.metadata.row_groups.first().map(|group| group.parquet_columns());
        columns.unwrap_or_default().iter().map(dotted).collect()
    }

    /// Text that a program stored under a key of the file.
    pub fn stored(&self, key: &str) -> Option<&str> {
        let all = self.metadata.key_value_metadata().as_ref()?;
        all.iter().find(|entry| entry.key == key)?.value.as_deref()
    }

    /// Decodes a column of a row group.
    ///
    /// # Errors
    /// A group or column that the file lacks, a column of another type, or damaged data.
    pub fn column(&self, group: usize, name: &str) -> Result<ForeignColumn, String> {
        guarded(|| self.decoded(group, name)).and_then(|read| read)
    }

    fn decoded(&self, group: usize, name: &str) -> Result<ForeignColumn, String> {
        let said = |error: polars::error::PolarsError| error.to_string();
        let group = self.metadata.row_groups.get(group).ok_or("there is no such row group")?;
        let mut columns = group.parquet_columns().iter();
        let column = columns.find(|column| dotted(column) == name);
        let column = column.ok_or_else(|| format!("there is no column `{name}`"))?;
        let schema = infer_schema(&self.metadata).map_err(said)?;
        let (outer, inner) = name.split_once('.').map_or((name, None), |(outer, inner)| (outer, Some(inner)));
        let field = schema.get(outer).ok_or_else(|| format!("there is no column `{outer}`"))?;
        let field = match (&field.dtype, inner) {
            (ArrowDataType::Struct(fields), Some(inner)) => {
                let own: Vec<Field> = fields.iter().filter(|field| field.name == inner).cloned().collect();
                Field { dtype: ArrowDataType::Struct(own), ..field.clone() }
            }
            _ => field.clone(),
        };
        let range = column.byte_range();
        let bytes = self
            .part(range.start, range.end.saturating_sub(range.start))
            .map_err(|error| error.to_string())?;
        let pages = PageReader::new(Cursor::new(bytes.into()), column, Vec::new(), usize::MAX);
        let pages = BasicDecompressor::new(pages, Vec::new());
        let kind = &column.descriptor().descriptor.primitive_type;
        let (arrays, _) = column_iter_to_arrays(vec![pages], vec![kind], field, None).map_err(said)?;
        collected(&arrays, name)
    }

    fn part(&self, start: u64, bytes: u64) -> std::io::Result<Vec<u8>> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(start))?;
        // The length is a claim of the file.
        let mut part = Vec::new();
        file.take(bytes).read_to_end(&mut part)?;
        match part.len() as u64 == bytes {
            true => Ok(part),
            false => Err(std::io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

fn dotted(column: &ColumnChunkMetadata) -> String {
    let parts = &column.descriptor().path_in_schema;
    parts.iter().map(|part| part.as_str()).collect::<Vec<_>>().join(".")
}

fn collected(arrays: &[Box<dyn Array>], name: &str) -> Result<ForeignColumn, String> {
    let (mut bytes, mut integers) = (Vec::new(), Vec::new());
    for array in arrays {
        let whole = array.as_any().downcast_ref::<StructArray>();
        let valid = |row: usize| whole.is_none_or(|whole| whole.is_valid(row));
        let array = whole.and_then(|whole| whole.values().first()).unwrap_or(array).as_any();
        macro_rules! integers {
            ($($type:ty)*) => {$(
                if let Some(array) = array.downcast_ref::<PrimitiveArray<$type>>() {
                    let value = |(row, value): (usize, Option<&$type>)| value.filter(|_| valid(row)).copied();
                    integers.extend(array.iter().enumerate().map(value).map(|value| value.and_then(|value| i64::try_from(value).ok())));
                    continue;
                }
            )*};
        }
        if let Some(array) = array.downcast_ref::<BinaryViewArray>() {
            let value =
                |(row, value): (usize, Option<&[u8]>)| value.filter(|_| valid(row)).map(<[u8]>::to_vec);
            bytes.extend(array.iter().enumerate().map(value));
            continue;
        }
        if let Some(array) = array.downcast_ref::<Utf8ViewArray>() {
            let value = |(row, value): (usize, Option<&str>)| {
                value.filter(|_| valid(row)).map(|text| text.as_bytes().to_vec())
            };
            bytes.extend(array.iter().enumerate().map(value));
            continue;
        }
        integers!(i64 i32 i16 i8 u64 u32 u16 u8);
        return Err(format!("the column `{name}` holds neither bytes, texts nor whole numbers"));
    }
    match integers.is_empty() {
        true => Ok(ForeignColumn::Bytes(bytes)),
        false => Ok(ForeignColumn::Integers(integers)),
    }
}

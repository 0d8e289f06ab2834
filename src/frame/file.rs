//! Frames on disk: Parquet files in a report directory, replaced atomically by renaming.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use camlab_base::file;
use polars::prelude::*;

use super::error::FrameError;
use super::row::Row;

/// Writes `rows` to their Parquet file ([`Row::FILE`]) in `dir`. Equal rows always give equal bytes.
///
/// # Errors
/// [`FrameError`] if the rows cannot be encoded or the file cannot be written.
pub fn write<R: Row>(dir: &Path, rows: &[R]) -> Result<(), FrameError> {
    write_columns(&dir.join(R::FILE), rows.len(), R::columns(rows))
}

/// As [`write()`], with columns of numbers after those of `R`, each with one value per row.
///
/// # Errors
/// As [`write()`]; a column of another length.
pub fn write_with<R: Row>(
    dir: &Path,
    rows: &[R],
    more: &BTreeMap<String, Vec<Option<f64>>>,
) -> Result<(), FrameError> {
    let mut columns = R::columns(rows);
    columns.extend(more.iter().map(|(name, values)| Series::new(name.into(), values).into()));
    write_columns(&dir.join(R::FILE), rows.len(), columns)
}

/// Writes `rows` to [`Row::FILE`] in an artefact: without the columns that a report joins.
///
/// # Errors
/// As [`write()`].
pub fn write_artefact<R: Row>(dir: &Path, rows: &[R]) -> Result<(), FrameError> {
    let mut columns = R::columns(rows);
    columns.retain(|column| !R::JOINED.contains(&column.name().as_str()));
    write_columns(&dir.join(R::FILE), rows.len(), columns)
}

fn write_columns(path: &Path, rows: usize, columns: Vec<Column>) -> Result<(), FrameError> {
    let encode = || -> PolarsResult<Vec<u8>> {
        let mut frame = DataFrame::new(rows, columns)?;
        let mut bytes = Vec::new();
        ParquetWriter::new(&mut bytes).finish(&mut frame)?;
        Ok(bytes)
    };
    let bytes =
        encode().map_err(|source| FrameError::Encode { path: path.to_owned(), source: source.into() })?;
    replace(path, &bytes)
}

/// Reads the rows of [`Row::FILE`] in `dir`; only the columns of `R` are decoded.
///
/// # Errors
/// [`FrameError`] if the file is missing, damaged, or lacks a column.
pub fn read<R: Row>(dir: &Path) -> Result<Vec<R>, FrameError> {
    read_columns(dir, |_| true)
}

/// Reads the rows of [`Row::FILE`] in an artefact; the columns that a report joins are empty.
///
/// # Errors
/// As [`read`].
pub fn read_artefact<R: Row>(dir: &Path) -> Result<Vec<R>, FrameError> {
    read_columns(dir, |column| !R::JOINED.contains(&column))
}

fn read_columns<R: Row>(dir: &Path, wanted: impl Fn(&str) -> bool) -> Result<Vec<R>, FrameError> {
    let path = dir.join(R::FILE);
    let opened = File::open(&path).map_err(|source| FrameError::Open { path: path.clone(), source })?;
    let columns = R::COLUMNS.iter().filter(|name| wanted(name)).map(|&name| name.to_owned()).collect();
    ParquetReader::new(opened)
        .with_columns(Some(columns))
        .finish()
        .and_then(|frame| R::rows(&frame))
        .map_err(|source| FrameError::Read { path, source: source.into() })
}

/// Writes `bytes` to `path` atomically: to a temporary file in the same directory, which is then renamed, so that a
/// reader finds either the old content or the new.
///
/// # Errors
/// [`FrameError::Write`] if the directory cannot be written.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), FrameError> {
    file::replace(path, bytes).map_err(|source| FrameError::Write { path: path.to_owned(), source })
}

//! Frames on disk: Parquet files of a report directory or of an artefact.

use std::fs::File;
use std::path::Path;

use camlab_base::file;

use super::cell_set::CellSet;
use super::error::FrameError;
use super::reader::FrameReader;
use super::row::Row;
use super::writer::FrameWriter;
use super::{FRAMES, seal};

/// Writes `rows` to their Parquet file ([`Row::FILE`]) in a report directory. Equal rows always give equal bytes.
///
/// # Errors
/// [`FrameError`] if the rows cannot be encoded or the file cannot be written.
pub fn write<R: Row>(dir: &Path, rows: &[R]) -> Result<(), FrameError> {
    let mut writer = FrameWriter::new::<R>(dir)?;
    writer.rows(rows)?;
    writer.finish()
}

/// Writes `rows` to [`Row::FILE`] in an artefact: without the columns that a report joins.
///
/// # Errors
/// As [`write()`].
pub fn write_artefact<R: Row>(dir: &Path, rows: &[R]) -> Result<(), FrameError> {
    let mut writer = FrameWriter::artefact::<R>(dir)?;
    writer.rows(rows)?;
    writer.finish()
}

/// Reads the rows of [`Row::FILE`] in a report directory; only the columns of `R` are decoded.
///
/// # Errors
/// [`FrameError`] if the file is missing, damaged, or lacks a column.
pub fn read<R: Row>(dir: &Path) -> Result<Vec<R>, FrameError> {
    all(FrameReader::report::<R>(dir)?)
}

/// The rows of [`read`] that belong to some cells.
///
/// # Errors
/// As [`read`].
pub fn read_of<R: Row>(dir: &Path, cells: &CellSet) -> Result<Vec<R>, FrameError> {
    all(FrameReader::report::<R>(dir)?.only(cells))
}

/// As [`read`]; no rows where the file is missing, for frames that not every report has.
///
/// # Errors
/// [`FrameError`] if the file is damaged, or lacks a column.
pub fn read_if_there<R: Row>(dir: &Path) -> Result<Vec<R>, FrameError> {
    if dir.join(R::FILE).is_file() { read(dir) } else { Ok(Vec::new()) }
}

/// As [`read_of`]; no rows where the file is missing.
///
/// # Errors
/// As [`read_if_there`].
pub fn read_of_if_there<R: Row>(dir: &Path, cells: &CellSet) -> Result<Vec<R>, FrameError> {
    if dir.join(R::FILE).is_file() { read_of(dir, cells) } else { Ok(Vec::new()) }
}

/// `true` if a report directory has every frame as camlab wrote it.
pub fn is_whole(dir: &Path) -> bool {
    let sealed =
        |mut file: File| Ok::<_, std::io::Error>(seal::is_there(&mut file)? && seal::is_intact(&mut file)?);
    FRAMES.iter().all(|frame| File::open(dir.join(frame.file)).and_then(sealed).unwrap_or(false))
}

/// Reads the rows of [`Row::FILE`] in an artefact; the columns that a report joins are empty.
///
/// # Errors
/// As [`read`].
pub fn read_artefact<R: Row>(dir: &Path) -> Result<Vec<R>, FrameError> {
    all(FrameReader::artefact::<R>(dir)?)
}

fn all<R: Row>(reader: FrameReader) -> Result<Vec<R>, FrameError> {
    let mut rows = Vec::new();
    for frame in reader {
        rows.append(&mut frame?.rows()?);
    }
    Ok(rows)
}

/// Writes `bytes` to `path` atomically: to a temporary file in the same directory, which is then renamed, so that a
/// reader finds either the old content or the new.
///
/// # Errors
/// [`FrameError::Write`] if the directory cannot be written.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), FrameError> {
    file::replace(path, bytes).map_err(|source| FrameError::Write { path: path.to_owned(), source })
}

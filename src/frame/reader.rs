use std::collections::HashSet;
use std::fs::File;
use std::path::{Path, PathBuf};

use polars::prelude::*;

use super::cell_set::CellSet;
use super::frame::{Frame, combine};
use super::guard::guarded;
use super::{FrameError, Row, seal, writer};

/// Rows that one thread decodes.
const SMALL: usize = 10_000;

/// Reads a frame one row group after the other, so that memory does not grow with the file.
#[derive(Debug)]
pub struct FrameReader {
    path: PathBuf,
    file: &'static str,
    opened: File,
    metadata: FileMetadataRef,
    columns: Vec<String>,
    /// Rows of each group, the last first.
    groups: Vec<usize>,
    /// The first row of the next group.
    start: usize,
    cells: Option<CellSet>,
}

impl FrameReader {
    /// Opens [`Row::FILE`] in a report directory and compares it with its checksum.
    ///
    /// # Errors
    /// A file that is missing, damaged, or written by a later version.
    pub fn report<R: Row>(dir: &Path) -> Result<Self, FrameError> {
        let mut reader = Self::open(dir, R::FILE, true)?;
        reader.columns = columns_of::<R>();
        Ok(reader)
    }

    /// Opens a frame of a report directory with every column that the file has, and compares it with its checksum.
    ///
    /// # Errors
    /// As [`FrameReader::report`].
    pub fn all_columns(dir: &Path, file: &'static str) -> Result<Self, FrameError> {
        Self::open(dir, file, true)
    }

    /// Opens [`Row::FILE`] in an artefact, whose manifest holds the checksums; the columns that a report joins are not
    /// read.
    ///
    /// # Errors
    /// As [`FrameReader::report`].
    pub fn artefact<R: Row>(dir: &Path) -> Result<Self, FrameError> {
        let mut reader = Self::open(dir, R::FILE, false)?;
        reader.columns = columns_of::<R>();
        reader.columns.retain(|column| !R::JOINED.contains(&column.as_str()));
        Ok(reader)
    }

    fn open(dir: &Path, file: &'static str, sealed: bool) -> Result<Self, FrameError> {
        let path = dir.join(file);
        let failed = |source| FrameError::Open { path: path.clone(), source };
        let mut opened = File::open(&path).map_err(failed)?;
        if sealed && !seal::is_intact(&mut opened).map_err(failed)? {
            return Err(FrameError::Damaged { path });
        }
        let again = opened.try_clone().map_err(failed)?;
        let metadata = decoded(&path, || ParquetReader::new(again).get_metadata().cloned())?;
        if let Some(found) = writer::newer(&metadata) {
            return Err(FrameError::Newer { path, found, known: writer::SCHEMA });
        }
        // Only damage takes the checksum from a frame that has its version still.
        if sealed && writer::has_version(&metadata) && !seal::is_there(&mut opened).map_err(failed)? {
            return Err(FrameError::Damaged { path });
        }
        let groups = metadata.row_groups.iter().rev().map(|group| group.num_rows()).collect();
        let mut reader =
            Self { path, file, opened, groups, metadata, columns: Vec::new(), start: 0, cells: None };
        reader.columns = reader.columns();
        Ok(reader)
    }

    /// Number of rows that are not read yet, those of other cells among them.
    pub fn rows_left(&self) -> usize {
        self.groups.iter().sum()
    }

    /// Reads the rows of some cells only, by the columns `cell` and `seed`; row groups without one are not decoded.
    #[must_use]
    pub fn only(mut self, cells: &CellSet) -> Self {
        self.cells = Some(cells.clone());
        self
    }

    /// Number of row groups that are not read yet.
    #[cfg(test)]
    pub(super) fn groups(&self) -> usize {
        self.groups.len()
    }

    /// The columns that are read.
    pub(super) fn chosen_columns(&self) -> &[String] {
        &self.columns
    }

    /// The columns of the file, those that are not read among them.
    pub fn columns(&self) -> Vec<String> {
        let fields = self.metadata.schema_descr.fields();
        fields.iter().map(|field| field.name().to_string()).collect()
    }

    /// All rows of the frame.
    ///
    /// # Errors
    /// As for each of its groups.
    pub fn whole<R: Row>(self) -> Result<Frame, FrameError> {
        let mut all = Frame::of::<R>(&[])?.selected(&self.columns)?;
        for frame in self {
            all = all.stacked(&frame?)?;
        }
        Ok(all)
    }

    /// The rows of the next group.
    fn group(&self, rows: usize) -> Result<Option<Frame>, FrameError> {
        let Some(cells) = &self.cells else { return self.decode(rows, &self.columns).map(Some) };
        let keys = self.decode(rows, &["cell".to_owned(), "seed".to_owned()])?;
        let held = || -> PolarsResult<Vec<bool>> {
            let (cell, seed) = (keys.data.column("cell")?.str()?, keys.data.column("seed")?.i64()?);
            let holds = |(cell, seed): (Option<&str>, Option<i64>)| {
                cell.zip(seed).is_some_and(|(cell, seed)| cells.holds(cell, seed))
            };
            Ok(cell.iter().zip(seed.iter()).map(holds).collect())
        };
        let held = held().map_err(|source| self.unreadable(source))?;
        match held.contains(&true) {
            true => self.decode(rows, &self.columns)?.filtered(&held).map(Some),
            false => Ok(None),
        }
    }

    fn decode(&self, rows: usize, columns: &[String]) -> Result<Frame, FrameError> {
        let file = self.opened.try_clone();
        let file = file.map_err(|source| FrameError::Open { path: self.path.clone(), source })?;
        // Handing a few rows to Polars' threads takes longer than decoding them.
        let strategy = if rows < SMALL { ParallelStrategy::None } else { ParallelStrategy::Auto };
        let mut reader = ParquetReader::new(file)
            .read_parallel(strategy)
            .with_columns(Some(columns.to_vec()))
            .with_slice(Some((self.start, rows)));
        reader.set_metadata(self.metadata.clone());
        let data = decoded(&self.path, || reader.finish())?;
        Ok(Frame { data, file: self.file })
    }

    fn unreadable(&self, source: PolarsError) -> FrameError {
        FrameError::Read { path: self.path.clone(), source: Box::new(source) }
    }
}

impl Iterator for FrameReader {
    type Item = Result<Frame, FrameError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let rows = self.groups.pop()?;
            let found = self.group(rows);
            self.start += rows;
            match found {
                Ok(None) => {}
                Ok(Some(frame)) => return Some(Ok(frame)),
                Err(error) => {
                    self.groups.clear();
                    return Some(Err(error));
                }
            }
        }
    }
}

fn columns_of<R: Row>() -> Vec<String> {
    R::COLUMNS.iter().map(|column| column.name.to_owned()).collect()
}

/// The number of different texts in a column of [`Row::FILE`] in a report directory.
///
/// # Errors
/// As [`FrameReader::report`].
pub fn count_distinct<R: Row>(dir: &Path, column: &str) -> Result<usize, FrameError> {
    let mut reader = FrameReader::report::<R>(dir)?;
    reader.columns = vec![column.to_owned()];
    let mut known = HashSet::new();
    for frame in reader {
        let frame = frame?;
        let distinct = || frame.data.column(column)?.unique();
        let distinct = distinct().map_err(|source| combine(R::FILE, source))?;
        let texts = distinct.str().map_err(|source| combine(R::FILE, source))?;
        known.extend(texts.iter().flatten().map(str::to_owned));
    }
    Ok(known.len())
}

/// Runs a reading of the Parquet library, with its errors and panics as errors.
fn decoded<T>(path: &Path, read: impl FnOnce() -> PolarsResult<T>) -> Result<T, FrameError> {
    guarded(read)
        .map_err(|why| FrameError::Invalid { path: path.to_owned(), why })?
        .map_err(|source| FrameError::Read { path: path.to_owned(), source: Box::new(source) })
}

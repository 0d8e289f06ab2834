//! Comparison of a frame of two reports, row group after row group.

use std::collections::BTreeSet;
use std::path::Path;

use polars::prelude::*;

use super::difference::{FrameDifference, first_difference};
use super::frame::{Frame, combine};
use super::{FrameError, FrameInfo, FrameReader, Row as _, RunRow, read};

/// A frame of two reports, compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrameComparison {
    /// The frame's file.
    pub file: &'static str,
    /// Number of rows of the recorded frame; 0 if it cannot be read.
    pub rows: usize,
    /// The first difference; `None` if the frames are identical.
    pub difference: Option<FrameDifference>,
}

/// Compares a frame of a new report with that of a recorded one, bit by bit: NaN equals NaN, and -0.0 differs from 0.0.
/// Left out are measured columns, and rows of `run.parquet` about code, machine and time ([`RunRow::VARYING`]). A frame
/// that is missing or cannot be read differs.
pub fn compare(frame: &FrameInfo, recorded: &Path, new: &Path) -> FrameComparison {
    let mut comparison = FrameComparison { file: frame.file, rows: 0, difference: None };
    let found = match frame.file {
        RunRow::FILE => about(&mut comparison, recorded, new),
        _ => stored(frame, &mut comparison, recorded, new),
    };
    comparison.difference =
        found.unwrap_or_else(|error| Some(FrameDifference::Unreadable { error: error.to_string() }));
    comparison
}

/// Compares the rows of `run.parquet` that equal runs have in common.
fn about(
    comparison: &mut FrameComparison,
    recorded: &Path,
    new: &Path,
) -> Result<Option<FrameDifference>, FrameError> {
    let common = |dir: &Path| -> Result<Vec<RunRow>, FrameError> {
        let mut rows: Vec<RunRow> = read(dir)?;
        rows.retain(|row| !row.varies());
        Ok(rows)
    };
    let old = common(recorded)?;
    comparison.rows = old.len();
    let new = common(new)?;
    let both = old.len().min(new.len());
    let [old_rows, new_rows] = [&old, &new].map(|rows| Frame::of(rows.get(..both).unwrap_or_default()));
    let found = first_difference(&old_rows?.data, &new_rows?.data, 0);
    let found = found.map_err(|source| combine(RunRow::FILE, source))?;
    Ok(found.or_else(|| in_number(old.len(), new.len())))
}

/// Compares two files of one frame without holding either in memory.
fn stored(
    frame: &FrameInfo,
    comparison: &mut FrameComparison,
    recorded: &Path,
    new: &Path,
) -> Result<Option<FrameDifference>, FrameError> {
    let old = FrameReader::all_columns(recorded, frame.file)?;
    comparison.rows = old.rows_left();
    let new = FrameReader::all_columns(new, frame.file)?;
    let (old_rows, new_rows) = (old.rows_left(), new.rows_left());
    let [old_columns, new_columns] = [old.columns(), new.columns()].map(BTreeSet::from_iter);
    if old_columns != new_columns {
        let alone =
            |one: &BTreeSet<String>, other: &BTreeSet<String>| one.difference(other).cloned().collect();
        return Ok(Some(FrameDifference::Columns {
            recorded: alone(&old_columns, &new_columns),
            new: alone(&new_columns, &old_columns),
        }));
    }
    let measured = |name: &str| frame.columns.iter().any(|column| column.measured && column.name == name);
    let mut compared = old.columns();
    compared.retain(|name| !measured(name));
    let [mut old, mut new] = [old, new].map(|reader| FrameCursor { reader, waiting: None });
    let mut start = 0;
    loop {
        let rows = old.waiting()?.min(new.waiting()?);
        if rows == 0 {
            return Ok(in_number(old_rows, new_rows));
        }
        let mut difference = || -> PolarsResult<Option<FrameDifference>> {
            first_difference(&old.take(rows, &compared)?, &new.take(rows, &compared)?, start)
        };
        let found = difference().map_err(|source| combine(frame.file, source))?;
        if found.is_some() {
            return Ok(found);
        }
        start += rows;
    }
}

fn in_number(recorded: usize, new: usize) -> Option<FrameDifference> {
    (recorded != new).then_some(FrameDifference::Rows { recorded, new })
}

/// A frame that is read in portions of any size: two files may divide the same rows into different groups.
struct FrameCursor {
    reader: FrameReader,
    /// The rows of the last group that were not taken yet.
    waiting: Option<Frame>,
}

impl FrameCursor {
    /// Number of rows that can be taken at once; 0 at the end of the file.
    fn waiting(&mut self) -> Result<usize, FrameError> {
        loop {
            if let Some(waiting) = self.waiting.as_ref().filter(|waiting| waiting.height() > 0) {
                return Ok(waiting.height());
            }
            match self.reader.next() {
                Some(group) => self.waiting = Some(group?),
                None => return Ok(0),
            }
        }
    }

    /// The next rows, with some of the columns.
    fn take(&mut self, rows: usize, columns: &[String]) -> PolarsResult<DataFrame> {
        let Some(waiting) = &mut self.waiting else { return Ok(DataFrame::empty()) };
        let taken = waiting.data.slice(0, rows).select(columns)?;
        waiting.data = waiting.data.slice(rows as i64, waiting.data.height().saturating_sub(rows));
        Ok(taken)
    }
}

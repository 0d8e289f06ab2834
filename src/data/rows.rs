//! Comma- or tab-separated lists, read row by row, with errors that name file and line.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::error::DatasetError;
use camlab_raster::PixelBox;

/// One row of a list.
pub(super) struct ListRow<'a> {
    path: &'a Path,
    line: u64,
    fields: csv::StringRecord,
}

/// A list file, read completely.
pub(super) struct ListFile {
    path: PathBuf,
    records: Vec<csv::StringRecord>,
}

impl ListFile {
    /// Reads the list; blank lines are skipped, fields are trimmed.
    pub(super) fn read(path: &Path, delimiter: u8) -> Result<Self, DatasetError> {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .quoting(delimiter == b',')
            .trim(csv::Trim::All)
            .from_path(path)
            .map_err(|error| DatasetError::unreadable(path, reason(error)))?;
        let records = reader
            .records()
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| DatasetError::unreadable(path, reason(error)))?;
        Ok(Self { path: path.to_path_buf(), records })
    }

    /// The rows in the file's order.
    pub(super) fn iter(&self) -> impl Iterator<Item = ListRow<'_>> {
        self.records.iter().map(|record| ListRow {
            path: &self.path,
            line: record.position().map_or(0, csv::Position::line),
            fields: record.clone(),
        })
    }

    /// The rows without the header row, which is recognised by `first` in its first field.
    pub(super) fn after_header<'a>(&'a self, first: &'a str) -> impl Iterator<Item = ListRow<'a>> {
        self.iter()
            .enumerate()
            .filter(move |(i, row)| *i > 0 || row.get(0) != Some(first))
            .map(|(_, row)| row)
    }
}

/// Message of a csv error; the csv crate wraps operating system errors in text of its own.
fn reason(error: csv::Error) -> String {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error.to_string(),
        kind => format!("{kind:?}"),
    }
}

impl ListRow<'_> {
    /// Field `i`, if it exists.
    pub(super) fn get(&self, i: usize) -> Option<&str> {
        self.fields.get(i)
    }

    /// Field `i`, which must exist and not be empty; `what` names it in errors.
    pub(super) fn text(&self, i: usize, what: &str) -> Result<&str, DatasetError> {
        match self.get(i) {
            Some(text) if !text.is_empty() => Ok(text),
            _ => Err(self.error(format!("field {} ({what}) is missing", i + 1))),
        }
    }

    /// Field `i` as a number.
    pub(super) fn number<T: FromStr>(&self, i: usize, what: &str) -> Result<T, DatasetError> {
        let text = self.text(i, what)?;
        text.parse()
            .map_err(|_| self.error(format!("field {} ({what}) is `{text}`, not a whole number", i + 1)))
    }

    /// Fields `from..from + 4` as a box with inclusive corners.
    pub(super) fn pixel_box(&self, from: usize) -> Result<PixelBox, DatasetError> {
        let found = PixelBox {
            x0: self.number(from, "x0")?,
            y0: self.number(from + 1, "y0")?,
            x1: self.number(from + 2, "x1")?,
            y1: self.number(from + 3, "y1")?,
        };
        if found.x0 < 0 || found.y0 < 0 || found.x1 < found.x0 || found.y1 < found.y0 {
            let PixelBox { x0, y0, x1, y1 } = found;
            return Err(self.error(format!(
                "box {x0},{y0},{x1},{y1} is not x0,y0,x1,y1 with 0 <= x0 <= x1 and 0 <= y0 <= y1"
            )));
        }
        Ok(found)
    }

    /// Fails unless the row has one of `counts` fields.
    pub(super) fn expect_fields(&self, counts: &[usize], columns: &str) -> Result<(), DatasetError> {
        match counts.contains(&self.fields.len()) {
            true => Ok(()),
            false => Err(self.error(format!("{} fields, expected `{columns}`", self.fields.len()))),
        }
    }

    /// An error of this row.
    pub(super) fn error(&self, problem: impl Into<String>) -> DatasetError {
        DatasetError::Row { path: self.path.to_path_buf(), line: self.line, problem: problem.into() }
    }
}

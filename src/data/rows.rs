//! Comma- or tab-separated lists, read row by row, with errors that name file and line.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::error::DatasetError;
use camlab_raster::PixelBox;

/// One row of a list.
pub(super) struct ListRow<'a> {
    path: &'a Path,
    line: u64,
    first: bool,
    fields: csv::StringRecord,
}

/// A list file, read completely.
pub(super) struct ListFile {
    path: PathBuf,
    records: Vec<csv::StringRecord>,
}

impl ListFile {
    /// Reads the list; rows without text are skipped, fields are trimmed. Of a list of commas, one without any that is
    /// separated by semicolons or tabs throughout is read as well, as spreadsheets write it.
    pub(super) fn read(path: &Path, delimiter: u8) -> Result<Self, DatasetError> {
        let text = super::text::read(path)?;
        let delimiter = if delimiter == b',' { separator(&text) } else { delimiter };
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .quoting(delimiter != b'\t')
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let records = reader
            .records()
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| DatasetError::unreadable(path, error))?;
        // Rows of blanks alone, as spreadsheets leave them at the end.
        let written = |record: &csv::StringRecord| record.iter().any(|field| !field.is_empty());
        Ok(Self { path: path.to_path_buf(), records: records.into_iter().filter(written).collect() })
    }

    /// [`ListFile::read`], or `None` without the file.
    pub(super) fn read_if_there(path: &Path, delimiter: u8) -> Result<Option<Self>, DatasetError> {
        match super::files::is_file(path) {
            true => Self::read(path, delimiter).map(Some),
            false => Ok(None),
        }
    }

    /// The rows in the file's order.
    pub(super) fn iter(&self) -> impl Iterator<Item = ListRow<'_>> {
        self.records.iter().enumerate().map(|(place, record)| ListRow {
            path: &self.path,
            first: place == 0,
            line: record.position().map_or(0, csv::Position::line),
            fields: record.clone(),
        })
    }

    /// The rows without the header row, which is recognised by `first` in its first field.
    pub(super) fn after_header<'a>(&'a self, first: &'a str) -> impl Iterator<Item = ListRow<'a>> {
        let heads = |row: &ListRow<'_>| row.get(0).is_some_and(|field| field.eq_ignore_ascii_case(first));
        self.iter().enumerate().filter(move |(i, row)| *i > 0 || !heads(row)).map(|(_, row)| row)
    }
}

/// The separator of a list: a comma, unless every line lacks it and has another one.
fn separator(text: &str) -> u8 {
    let lines = || text.lines().filter(|line| !line.trim().is_empty());
    let throughout = |mark: char| lines().all(|line| line.contains(mark));
    match lines().next() {
        None => b',',
        Some(_) if text.contains(',') => b',',
        Some(_) if throughout(';') => b';',
        Some(_) if throughout('\t') => b'\t',
        Some(_) => b',',
    }
}

impl ListRow<'_> {
    /// `true` for the first row of the list, which may be meant as a header.
    pub(super) fn is_first(&self) -> bool {
        self.first
    }

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
        text.parse().map_err(|_| {
            self.error(format!(
                "field {} ({what}) is `{text}`, not a whole number from 0 on, or too large",
                i + 1
            ))
        })
    }

    /// Fields `from..from + 4` as a box with inclusive corners.
    pub(super) fn pixel_box(&self, from: usize) -> Result<PixelBox, DatasetError> {
        let found = PixelBox {
            x0: self.coordinate(from, "x0")?,
            y0: self.coordinate(from + 1, "y0")?,
            x1: self.coordinate(from + 2, "x1")?,
            y1: self.coordinate(from + 3, "y1")?,
        };
        if found.x1 < found.x0 || found.y1 < found.y0 {
            let PixelBox { x0, y0, x1, y1 } = found;
            return Err(self.error(format!(
                "box {x0},{y0},{x1},{y1} is not x0,y0,x1,y1 with x0 <= x1 and y0 <= y1; are these x,y,width,height?"
            )));
        }
        Ok(found)
    }

    /// Field `i` as a pixel coordinate: a fraction is rounded down, to the pixel that the point lies in.
    pub(super) fn coordinate(&self, i: usize, what: &str) -> Result<i32, DatasetError> {
        let text = self.text(i, what)?;
        let value = text.parse::<f64>().ok().filter(|value| value.is_finite() && value.abs() < 1e8);
        let wrong = || self.error(format!("field {} ({what}) is `{text}`, not a pixel coordinate", i + 1));
        value.map(|value| value.floor() as i32).ok_or_else(wrong)
    }

    /// Fails unless the row has one of `counts` fields.
    pub(super) fn expect_fields(&self, counts: &[usize], columns: &str) -> Result<(), DatasetError> {
        match counts.contains(&self.fields.len()) {
            true => Ok(()),
            false => {
                let found = camlab_base::counted(self.fields.len(), "field");
                let open = self.fields.iter().any(|field| field.contains('\n'));
                let hint = if open { "; a quote is not closed" } else { "" };
                Err(self.error(format!("{found}, expected `{columns}`{hint}")))
            }
        }
    }

    /// An error of this row.
    pub(super) fn error(&self, problem: impl Into<String>) -> DatasetError {
        DatasetError::Row { path: self.path.to_path_buf(), line: self.line, problem: problem.into() }
    }
}

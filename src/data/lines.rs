//! Lists whose lines are a name, which may contain spaces, and a number.

use std::path::{Path, PathBuf};

use super::error::DatasetError;

/// A text file read line by line, with errors that name file and line.
pub(super) struct Lines {
    path: PathBuf,
    text: String,
}

/// One line.
#[derive(Clone, Copy)]
pub(super) struct TextLine<'a> {
    path: &'a Path,
    number: u64,
    pub(super) text: &'a str,
}

impl Lines {
    pub(super) fn read(path: &Path) -> Result<Self, DatasetError> {
        let text = super::text::read(path)?;
        Ok(Self { path: path.to_path_buf(), text })
    }

    /// The lines of a list in which a line's number means something: blank ones may end it, but not be within it.
    ///
    /// # Errors
    /// A blank line before another.
    pub(super) fn counted(&self) -> Result<Vec<TextLine<'_>>, DatasetError> {
        let lines: Vec<TextLine<'_>> = self.iter().collect();
        match lines.iter().zip(1u64..).find(|(line, place)| line.number != *place) {
            None => Ok(lines),
            Some((_, place)) => {
                let blank = TextLine { path: &self.path, number: place, text: "" };
                Err(blank.error("is blank, but the number of a line is its meaning here; remove the line"))
            }
        }
    }

    /// The lines that are not blank, trimmed.
    pub(super) fn iter(&self) -> impl Iterator<Item = TextLine<'_>> {
        let lines = self.text.lines().zip(1u64..);
        let lines = lines.map(|(text, number)| TextLine { path: &self.path, number, text: text.trim() });
        lines.filter(|line| !line.text.is_empty())
    }
}

impl<'a> TextLine<'a> {
    /// Splits the line at the last space into a name and a number.
    pub(super) fn name_and_number(&self) -> Result<(&'a str, usize), DatasetError> {
        let parts = self.text.rsplit_once(char::is_whitespace);
        let parts = parts.and_then(|(name, number)| Some((name.trim_end(), number.parse().ok()?)));
        parts.ok_or_else(|| {
            self.error(format!("expected a name, a space and a whole number, found `{}`", self.text))
        })
    }

    /// An error of this line.
    pub(super) fn error(&self, problem: impl Into<String>) -> DatasetError {
        DatasetError::Row { path: self.path.to_path_buf(), line: self.number, problem: problem.into() }
    }
}

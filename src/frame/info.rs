//! Documentation of the frames of a report, made from their row types.

use super::Row;

/// A column of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ColumnInfo {
    /// Its name in the file.
    pub name: &'static str,
    /// Its type; `list of f32`, `text or null` and so on.
    pub kind: &'static str,
    /// Its unit; empty for a plain number or text.
    pub unit: &'static str,
    /// Its meaning; may begin with a space.
    pub(super) meaning: &'static str,
    /// `true` for time and memory: the column differs between equal runs.
    pub measured: bool,
}

impl ColumnInfo {
    /// Its meaning, in a sentence or two.
    pub fn meaning(&self) -> &'static str {
        self.meaning.trim()
    }
}

/// A frame of a report.
#[derive(Debug, Clone, Copy)]
pub struct FrameInfo {
    /// The file's name inside the report directory.
    pub file: &'static str,
    about: &'static str,
    /// The columns, in the file's order.
    pub columns: &'static [ColumnInfo],
    /// The columns that are there besides, depending on the experiment; empty for most frames.
    pub more: &'static str,
}

impl FrameInfo {
    pub(super) const fn of<R: Row>() -> Self {
        Self::with::<R>("")
    }

    pub(super) const fn with<R: Row>(more: &'static str) -> Self {
        Self { file: R::FILE, about: R::ABOUT, columns: R::COLUMNS, more }
    }

    /// The meaning of a row.
    pub fn about(&self) -> String {
        // The file's own name begins the comment of the row type.
        let about = self.about.trim();
        let name = format!("`{}`: ", self.file);
        let text = about.strip_prefix(&name).unwrap_or(about);
        let mut letters = text.chars();
        letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
    }
}

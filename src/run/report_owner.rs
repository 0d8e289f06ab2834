//! Owner of a report's folder: the experiment file that the report was made from.

use std::path::{Path, PathBuf};

use super::RunError;
use camlab_frame::{self as frame, RunRow};

/// Path of an experiment file as a report records it.
pub(super) fn of(file: &Path) -> PathBuf {
    std::fs::canonicalize(file).unwrap_or_else(|_| file.to_path_buf())
}

/// Fails if a folder holds the report of another experiment file. A file of the same name that no longer exists was
/// moved, and its report goes with it.
pub(super) fn check(out: &Path, file: &Path) -> Result<(), RunError> {
    let rows: Vec<RunRow> = frame::read(out).unwrap_or_default();
    let (own, recorded) = (of(file), PathBuf::from(RunRow::find(&rows, RunRow::EXPERIMENT_FILE)));
    let moved = recorded.file_name() == own.file_name() && !recorded.exists();
    if recorded.as_os_str().is_empty() || recorded == own || moved {
        return Ok(());
    }
    Err(RunError::OtherReport { folder: out.to_path_buf(), other: recorded })
}

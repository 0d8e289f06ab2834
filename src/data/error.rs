//! Errors of a data set as a whole.

use std::path::{Path, PathBuf};

use thiserror::Error;

use super::image_error::ImageError;
use crate::path::PathError;

/// A data set that cannot be opened, or whose ground truth cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DatasetError {
    /// An option has an invalid value.
    #[error("dataset option `{option}`: {problem}")]
    Option {
        /// Name of the option in TOML.
        option: &'static str,
        /// The problem and the value to write.
        problem: String,
    },
    /// A path that cannot be resolved.
    #[error(transparent)]
    Path(#[from] PathError),
    /// A list or folder that cannot be read.
    #[error("{}: {problem}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// The problem and the remedy.
        problem: String,
    },
    /// An invalid row of a list.
    #[error("{}:{line}: {problem}", path.display())]
    Row {
        /// The list.
        path: PathBuf,
        /// Line of the row, from 1.
        line: u64,
        /// The problem and the remedy.
        problem: String,
    },
    /// An image or mask file that cannot be used.
    #[error(transparent)]
    Image(#[from] ImageError),
}

impl DatasetError {
    pub(super) fn option(option: &'static str, problem: impl Into<String>) -> Self {
        Self::Option { option, problem: problem.into() }
    }

    pub(super) fn file(path: &Path, problem: impl Into<String>) -> Self {
        Self::File { path: path.to_path_buf(), problem: problem.into() }
    }

    pub(super) fn unreadable(path: &Path, error: impl std::fmt::Display) -> Self {
        Self::file(path, format!("cannot be read: {error}; check `root` and the layout's file names"))
    }
}

/// The results, or the first error in their order, whichever thread was the first to have one.
pub(super) fn in_order<T, E>(all: Vec<Result<T, E>>) -> Result<Vec<T>, E> {
    all.into_iter().collect()
}

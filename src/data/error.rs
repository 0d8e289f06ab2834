//! What can be wrong with a data set as a whole.

use std::path::{Path, PathBuf};

use thiserror::Error;

use super::image_error::ImageError;
use crate::path::PathError;

/// A data set that cannot be opened, or whose truth cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DatasetError {
    /// An option has no meaning.
    #[error("dataset option `{option}`: {problem}")]
    Option {
        /// The option's name in TOML.
        option: &'static str,
        /// What is wrong and what to write.
        problem: String,
    },
    /// A path that names no place.
    #[error(transparent)]
    Path(#[from] PathError),
    /// A list or folder that cannot be read.
    #[error("{}: {problem}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong and what to do.
        problem: String,
    },
    /// A row of a list that makes no sense.
    #[error("{}:{line}: {problem}", path.display())]
    Row {
        /// The list.
        path: PathBuf,
        /// The row's line, from 1.
        line: u64,
        /// What is wrong and what to do.
        problem: String,
    },
    /// An image or mask file.
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

use std::path::{Path, PathBuf};

/// What can go wrong while an experiment runs; says in which stage and cell.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// A stage of a cell failed.
    #[error("{stage} of `{label}` failed in cell {cell}: {source:#}")]
    Stage {
        /// `train`, `map`, `evaluate` or `report`.
        stage: &'static str,
        /// Which network, method and layer.
        label: String,
        /// The first cell that needs it.
        cell: String,
        /// Why.
        source: anyhow::Error,
    },
    /// A file of the store or of a report could not be read or written.
    #[error("cannot {action} {path}: {source}", path = .path.display())]
    Io {
        /// `read`, `write`, `create`, `rename`.
        action: &'static str,
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The data an experiment names cannot be used.
    #[error("{0}")]
    Input(String),
}

impl StageError {
    /// Turns an I/O error into one that says what was done to which file.
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { action, path, source }
    }
}

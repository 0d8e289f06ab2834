use std::path::Path;

use camlab_explain::ExplainError;
use camlab_store::StoreError;

/// Why a stage cannot run.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// A file of the store could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A request that the network or the images cannot meet.
    #[error(transparent)]
    Explain(#[from] ExplainError),
    /// The data an experiment names cannot be used.
    #[error("{0}")]
    Input(String),
}

impl StageError {
    /// Turns an I/O error into one that says what was done to which file.
    pub fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let inner = StoreError::io(action, path);
        move |source| Self::Store(inner(source))
    }
}

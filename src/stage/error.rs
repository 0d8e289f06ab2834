use std::path::Path;

use camlab_explain::ExplainError;
use camlab_store::StoreError;

/// Reason why a stage cannot run.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// A file of the store could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A request that the network or the images cannot fulfil.
    #[error(transparent)]
    Explain(#[from] ExplainError),
    /// Input of the stage that cannot be used, such as the experiment's data.
    #[error("{0}")]
    Input(String),
}

impl StageError {
    /// Adds the action and the path to an I/O error.
    pub fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let inner = StoreError::io(action, path);
        move |source| Self::Store(inner(source))
    }
}

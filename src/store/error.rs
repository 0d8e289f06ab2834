use std::path::{Path, PathBuf};

/// Why an artefact cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
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
    /// An artefact that an earlier stage made is no longer there.
    #[error("`{label}` is gone from the store; run again")]
    Missing {
        /// The stage's label.
        label: String,
    },
    /// A file holds other content than its stage wrote.
    #[error("{path} is damaged ({why}); delete its folder and run again", path = .path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// How it shows.
        why: String,
    },
}

impl StoreError {
    /// Turns an I/O error into one that says what was done to which file.
    pub fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { action, path, source }
    }
}

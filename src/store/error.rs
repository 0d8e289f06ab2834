use std::path::{Path, PathBuf};

/// Errors of reading and writing artefacts.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A file of the store or of a report could not be read or written.
    #[error("cannot {action} {path}: {source}", path = .path.display())]
    Io {
        /// `read`, `write`, `create`, `rename`, `remove` ...
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// An artefact of an earlier stage is missing.
    #[error("the artefact {kind} {key} is missing from the store; run the experiment again")]
    Missing {
        /// Kind of the stage.
        kind: String,
        /// First characters of its key.
        key: String,
    },
    /// A file has unexpected content.
    #[error("{path} is damaged ({why}); delete its folder and run again", path = .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The reason.
        why: String,
    },
    /// The file of a report has unexpected content, so that nobody knows which artefacts it needs.
    #[error(
        "{path} is damaged ({why}); delete it, and run the experiments again whose artefacts are to be kept",
        path = .path.display()
    )]
    DamagedReport {
        /// The file.
        path: PathBuf,
        /// The reason.
        why: String,
    },
    /// A folder holds no store.
    #[error(
        "there is no store in {path}; `camlab run` makes one, and --store or CAMLAB_STORE names another folder",
        path = .path.display()
    )]
    NoStore {
        /// The folder.
        path: PathBuf,
    },
    /// Another process removes artefacts.
    #[error("another process removes artefacts from this store ({holder}); wait for its end")]
    Removing {
        /// The process.
        holder: String,
    },
}

impl StoreError {
    /// `true` if an artefact is incomplete or changed, so that it has to be made again; `false` if it only could not be
    /// read, such as over a network that is down.
    pub fn is_damage(&self) -> bool {
        match self {
            Self::Damaged { .. } => true,
            Self::Io { source, .. } => source.kind() == std::io::ErrorKind::NotFound,
            Self::Missing { .. }
            | Self::DamagedReport { .. }
            | Self::NoStore { .. }
            | Self::Removing { .. } => false,
        }
    }

    /// Adds the action and the path to an I/O error.
    pub fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { action, path, source }
    }
}

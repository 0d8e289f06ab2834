use std::path::{Path, PathBuf};

use camlab_fetch::HttpError;

/// Errors of sending or writing runs.
#[derive(Debug, thiserror::Error)]
pub enum ShareError {
    /// A run that no tracker can take.
    #[error("cannot share `{run}`: {reason}")]
    Runs {
        /// Name of the run.
        run: String,
        /// The fault.
        reason: String,
    },
    /// The MLflow server could not be reached.
    #[error("cannot send to MLflow: {0}. Start it (`mlflow server`), or correct --mlflow")]
    Connection(#[source] HttpError),
    /// The MLflow server refused a request.
    #[error("MLflow refused {call} with {status}: {message}; {remedy}")]
    Refused {
        /// Request: path below the server's address.
        call: String,
        /// HTTP status, such as 401.
        status: u16,
        /// The server's own message, or the beginning of its response.
        message: String,
        /// Next step for the user.
        remedy: &'static str,
    },
    /// The response is not that of an MLflow server.
    #[error("the response to {call} is not MLflow's ({reason}); is `{url}` the address of an MLflow server?")]
    Answer {
        /// Request: path below the server's address.
        call: String,
        /// The part that is missing or malformed.
        reason: String,
        /// Address of the server.
        url: String,
    },
    /// An address that is none of a server.
    #[error(
        "`{0}` is no address of an MLflow server: give http://HOST:PORT or https://HOST, and credentials in \
         MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD or MLFLOW_TRACKING_TOKEN"
    )]
    Address(String),
    /// The experiment is in MLflow's trash.
    #[error(
        "the MLflow experiment `{name}` was deleted; restore it (`mlflow experiments restore --experiment-id {id}`), \
         or choose another name with --experiment"
    )]
    Deleted {
        /// Name of the experiment.
        name: String,
        /// Its number.
        id: String,
    },
    /// A key longer than the tracker takes.
    #[error(
        "the key `{key}` has {length} characters, MLflow takes {most}; give the network or the layer a shorter name"
    )]
    LongKey {
        /// Key as MLflow would get it.
        key: String,
        /// Its length in characters.
        length: usize,
        /// Largest length.
        most: usize,
    },
    /// A file or folder that cannot be read or written.
    #[error("cannot {action} {path}: {source}", path = .path.display())]
    Io {
        /// Operation: `create`, `read`, `remove`, `write`.
        action: &'static str,
        /// File or folder.
        path: PathBuf,
        /// Underlying error.
        source: std::io::Error,
    },
}

impl ShareError {
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { action, path, source }
    }
}

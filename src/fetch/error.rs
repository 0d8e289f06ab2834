use std::path::PathBuf;

/// Errors of a download.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// No cache folder was given and the system has none.
    #[error("the system has no cache folder; set one with --cache DIR or CAMLAB_CACHE")]
    NoCache,
    /// The server responded with an error status.
    #[error(
        "the server returned {status} for `{url}`; check the URL, or download the file by hand and set `checkpoint` \
         to its path"
    )]
    Status {
        /// URL of the file.
        url: String,
        /// HTTP status.
        status: String,
    },
    /// No response, or repeated connection failures.
    #[error(
        "cannot download `{url}`: {reason}; {bytes} bytes are kept and the next run resumes after them. \
         Without a connection, download the file elsewhere and set `checkpoint` to its path"
    )]
    Connection {
        /// URL of the file.
        url: String,
        /// Error of the last attempt.
        reason: String,
        /// Bytes kept so far.
        bytes: u64,
    },
    /// The checksum is not the one that the experiment declares.
    #[error(
        "`{url}` has the sha256\n  {found}, but the experiment declares\n  {wanted}; the download was deleted. \
         Correct sha256 if you trust the file, else use another URL"
    )]
    Sum {
        /// URL of the file.
        url: String,
        /// sha256 of the downloaded bytes.
        found: String,
        /// Declared sha256.
        wanted: String,
    },
    /// I/O error in the cache.
    #[error("cannot {action} {path}: {source}", path = .path.display())]
    Io {
        /// Operation: `create`, `write`, `read`, `rename`, `lock`.
        action: &'static str,
        /// File or folder.
        path: PathBuf,
        /// Underlying error.
        source: std::io::Error,
    },
}

impl FetchError {
    pub(super) fn io(action: &'static str, path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { action, path, source }
    }
}

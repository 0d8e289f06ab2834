use std::path::PathBuf;

/// Why a file could not be downloaded.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// No folder for downloads.
    #[error("the system names no folder for caches; name one with --cache DIR or CAMLAB_CACHE")]
    NoCache,
    /// The server answered with something other than the file.
    #[error("`{url}` answers {status}; check the address, or download the file by hand and name its path")]
    Status {
        /// From where.
        url: String,
        /// The answer's status.
        status: String,
    },
    /// No answer, or a connection that broke again and again.
    #[error(
        "cannot download `{url}`: {reason}; {bytes} bytes are kept and the next run goes on behind them. \
         Without a connection, download the file elsewhere and name its path"
    )]
    Connection {
        /// From where.
        url: String,
        /// What went wrong the last time.
        reason: String,
        /// What has arrived.
        bytes: u64,
    },
    /// What arrived is not what the experiment declares.
    #[error(
        "`{url}` has the sha256\n  {found}, and the experiment declares\n  {wanted}; what was downloaded is thrown \
         away. Correct the sum if the file was replaced by one you trust, else look for another source"
    )]
    Sum {
        /// From where.
        url: String,
        /// The sum of what arrived.
        found: String,
        /// The sum declared.
        wanted: String,
    },
    /// The cache cannot be written.
    #[error("cannot {action} {path}: {source}", path = .path.display())]
    Io {
        /// `create`, `write`, `read`, `rename`, `lock`.
        action: &'static str,
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

impl FetchError {
    pub(super) fn io(action: &'static str, path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { action, path, source }
    }
}

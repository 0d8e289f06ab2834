use std::path::PathBuf;

use polars::error::PolarsError;

/// Errors of reading and writing frames.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The file cannot be opened.
    #[error("cannot open {}: {source}; is this a report directory?", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// The file is not the expected frame.
    #[error("cannot read {}: {source}; run the experiment again to rebuild it", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Polars' error: a missing column, another type, a damaged file.
        source: Box<PolarsError>,
    },
    /// The file was changed or cut short after it was written.
    #[error(
        "{} is damaged: its content does not match its checksum; run the experiment again to rebuild it",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// The Parquet library panicked on the file.
    #[error("cannot read {}: no valid Parquet file ({why}); run the experiment again to rebuild it", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// The panic's message.
        why: String,
    },
    /// A later version of camlab wrote the file.
    #[error(
        "{} has frames of version {found}, and this camlab reads up to {known}; use the camlab that wrote it",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The version in the file.
        found: String,
        /// The latest version that is known.
        known: u32,
    },
    /// Columns could not be joined, filtered or grouped.
    #[error("cannot combine the columns of {file}: {source}; run the experiment again to rebuild it")]
    Combine {
        /// The frame's file.
        file: &'static str,
        /// Polars' error.
        source: Box<PolarsError>,
    },
    /// Rows could not be turned into Parquet.
    #[error("cannot encode {}: {source}", path.display())]
    Encode {
        /// The file that was to be written.
        path: PathBuf,
        /// Polars' error.
        source: Box<PolarsError>,
    },
    /// The file cannot be written or renamed to its final path.
    #[error("cannot write {}: {source}; check the free space and the permissions", path.display())]
    Write {
        /// The file that was to be written.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
}

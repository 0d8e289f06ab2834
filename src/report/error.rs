use std::path::PathBuf;

use camlab_frame::FrameError;

/// Error while writing a report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A frame cannot be read, or a file of the report cannot be written.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// The directory for the figures cannot be made or tidied.
    #[error("cannot write in {}: {source}; check the permissions", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// Error of the operating system.
        source: std::io::Error,
    },
    /// A figure cannot be drawn.
    #[error("cannot draw figure `{figure}`: {reason}")]
    Figure {
        /// Name of the figure.
        figure: String,
        /// Error of the drawing library.
        reason: String,
    },
    /// A photograph of the gallery cannot be decoded or encoded.
    #[error("cannot show image `{image}` in the gallery: {source}; is its file damaged?")]
    Photo {
        /// Identifier of the image.
        image: String,
        /// Error of the image library.
        source: image::ImageError,
    },
    /// The map of a gallery row does not have its declared size.
    #[error(
        "cannot show image `{image}` in the gallery: the map has {found} values, expected {height} x {width}"
    )]
    Map {
        /// Identifier of the image.
        image: String,
        /// Values found.
        found: usize,
        /// Rows declared.
        height: u32,
        /// Columns declared.
        width: u32,
    },
    /// The summary cannot be written as CSV.
    #[error("cannot write summary.csv: {0}")]
    Csv(#[from] csv::Error),
    /// The page cannot be serialised for its template (a bug in this crate).
    #[error("cannot lay out the report: {0}")]
    Layout(#[from] serde_json::Error),
    /// A template cannot be rendered (a bug in this crate).
    #[error("cannot fill the report's template: {0}")]
    Template(#[from] minijinja::Error),
}

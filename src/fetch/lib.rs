//! Files named by URL: downloaded once into a cache, verified by sha256, never used if the checksum differs; and
//! requests to a server that the user names.
//!
//! The only crate that opens network connections.

mod cache;
mod download;
mod error;
mod http;
mod sum;

pub use cache::Cache;
pub use download::{DownloadStep, download};
pub use error::FetchError;
pub use http::{HttpAnswer, HttpCall, HttpClient, HttpError};
pub use sum::{sha256, sha256_of};

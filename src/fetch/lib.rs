//! Files named by URL: downloaded once into a cache, checked against their sha256, never used when the sum differs.
//!
//! The only module that opens connections.

mod cache;
mod download;
mod error;
mod sum;

pub use cache::Cache;
pub use download::{DownloadStep, download};
pub use error::FetchError;
pub use sum::sha256;

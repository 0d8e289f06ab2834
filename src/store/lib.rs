//! The content-addressed store: artefacts of finished stages by their keys, and cached digests of input files.

mod error;
mod known_sums;
mod store;

pub use error::StoreError;
pub use known_sums::KnownSums;
pub use store::{Draft, Store, Working};

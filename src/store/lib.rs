//! The content-addressed store: finished stages under their keys, digests of files found earlier.

mod error;
mod known_sums;
mod store;

pub use error::StoreError;
pub use known_sums::KnownSums;
pub use store::{Draft, Store, Working};

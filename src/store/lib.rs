//! The content-addressed store: artefacts of finished stages by their keys, what a process needs to make them, and
//! cached digests of input files. An artefact that is read is checked against its manifest first.

mod cost;
mod draft;
mod error;
mod known_sums;
mod manifest;
mod specs;
mod store;
mod working;

pub use cost::{Cost, ImageCost};
pub use draft::Draft;
pub use error::StoreError;
pub use known_sums::KnownSums;
pub use specs::KnownSpecs;
pub use store::Store;
pub use working::Working;

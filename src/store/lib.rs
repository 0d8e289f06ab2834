//! The content-addressed store: artefacts of finished stages by their keys, what a process needs to make them,
//! cached digests of input files, and the times that stages took. An artefact that is read is checked against its manifest first.

mod cost;
mod draft;
mod durations;
mod effort;
mod error;
mod known_specs;
mod known_sums;
mod manifest;
mod specs;
mod store;
mod working;

pub use cost::{Cost, ImageCost};
pub use draft::Draft;
pub use durations::{Durations, Estimate};
pub use effort::{Effort, Likeness};
pub use error::StoreError;
pub use known_specs::{ComparedOptions, KnownSpecs, KnownStage};
pub use known_sums::KnownSums;
pub use store::Store;
pub use working::Working;

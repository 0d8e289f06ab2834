//! The content-addressed store: artefacts of finished stages by their keys, what a process needs to make them, cached
//! digests of input files, and the times that stages took. An artefact that is read is checked against its manifest
//! first. Locks see to it that processes that share a store compute each stage once; artefacts that no report needs can be
//! removed.

mod collect;
mod cost;
mod draft;
mod durations;
mod effort;
mod error;
mod holder;
mod idle;
mod inventory;
mod known_specs;
mod known_sums;
mod lock_folder;
mod manifest;
mod observer;
mod owned;
mod process;
mod removal;
mod reports;
mod retention;
mod runs;
mod specs;
mod stage_lock;
mod store;
mod temporary;
mod verify;
mod working;

pub use collect::Collected;
pub use cost::{Cost, ImageCost};
pub use draft::Draft;
pub use durations::{Durations, Estimate};
pub use effort::{Effort, Likeness};
pub use error::StoreError;
pub use holder::Holder;
pub use idle::tidy;
pub use inventory::{EntryKind, Inventory, StoredArtefact, StoredEntry};
pub use known_specs::{ComparedOptions, KnownSpecs, KnownStage};
pub use known_sums::KnownSums;
pub use lock_folder::{HeldLock, LockFolder, Locked};
pub use owned::abandon;
pub use process::ProcessIdentity;
pub use reports::KeptReport;
pub use retention::{Removal, Retention};
pub use stage_lock::StageLock;
pub use store::Store;
pub use working::Working;

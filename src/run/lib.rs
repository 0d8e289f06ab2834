//! Runs a plan: computes the artefacts that the store lacks, then assembles the frames of the report.

mod about;
mod artefacts;
mod assemble;
mod build_info;
mod chains;
mod claims;
mod cost;
mod error;
mod evaluations;
mod executor;
mod export;
mod facts;
mod gallery;
mod job;
pub mod machine;
mod open;
mod origins;
pub mod probe;
mod provenance;
mod report_owner;
mod repository;
mod reproduce;
mod runner;
mod scores;
mod single;
mod steps;
mod summaries;
mod verify;
mod weights;

pub use build_info::BuildInfo;
pub use error::RunError;
pub use export::export;
pub use facts::gather;
pub use job::Runner;
pub use machine::MachineRecord;
pub use open::{open, open_text};
pub use origins::origins_of;
pub use provenance::{
    CellRecord, CheckpointRecord, DatasetRecord, ExperimentRecord, Provenance, ReferenceRecord, SourceRecord,
};
pub use repository::RepositoryRecord;
pub use reproduce::RecordedRun;
pub use runner::Outcome;
pub use single::run_recorded;
pub use verify::verify;

//! Runs a plan: computes the artefacts that the store lacks, then assembles the frames of the report.

mod about;
mod artefacts;
mod assemble;
mod build_info;
mod cause;
mod chains;
mod claims;
mod completed;
mod cost;
mod error;
mod evaluations;
pub mod events;
mod executor;
mod export;
mod facts;
mod failures;
mod gallery;
mod image_scores;
mod instructions;
mod job;
mod job_runner;
pub mod machine;
mod make;
mod open;
mod origins;
pub mod probe;
mod provenance;
mod recorded_facts;
mod report_owner;
mod repository;
mod reproduce;
mod runner;
mod schedule;
mod scores;
mod single;
mod stage_times;
mod steps;
pub mod stop;
mod summaries;
mod verify;
mod weights;
/// States of stages, the reasons why they run, and their expected times.
pub mod why;
mod worker;
mod written_report;

pub use build_info::BuildInfo;
pub use cause::FailureCause;
pub use error::RunError;
pub use export::export;
pub use facts::gather;
pub use image_scores::image_scores;
pub use job::Runner;
pub use machine::MachineRecord;
pub use open::{open, open_text};
pub use origins::origins_of;
pub use provenance::{
    CellRecord, CheckpointRecord, DatasetRecord, ExperimentRecord, Provenance, ReferenceRecord, SourceRecord,
};
pub use recorded_facts::{RecordedFacts, recorded_facts};
pub use repository::RepositoryRecord;
pub use reproduce::RecordedRun;
pub use runner::{EVENTS as EVENT_LOG, Outcome};
pub use single::run_recorded;
pub use verify::verify;
pub use worker::{WorkerOptions, serve_worker};

//! Runs a plan: computes the artefacts that the store lacks, then assembles the frames of the report.

mod about;
mod artefacts;
mod assemble;
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
pub mod probe;
mod provenance;
mod report_owner;
mod runner;
mod scores;
mod single;
mod stage_times;
mod steps;
mod summaries;
mod verify;
mod weights;
/// States of stages, the reasons why they run, and their expected times.
pub mod why;

pub use error::RunError;
pub use export::export;
pub use facts::gather;
pub use job::Runner;
pub use open::{open, open_text};
pub use runner::Outcome;
pub use single::run_recorded;
pub use verify::verify;

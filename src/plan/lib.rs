//! Plan of a run: cells of the sweep, cross-field checks, and the graph of stages that the cells need. Pure: no I/O.

mod across;
mod builder;
mod cell;
mod check;
/// Resolution of the maps that a claim names.
pub mod claims;
mod configuration_names;
mod expand;
mod facts;
mod plan;
mod references;
mod search;

pub use across::AcrossClaim;
pub use cell::{Cell, CellRung, document_of, documents_of, resolved_text};
pub use expand::{Cells, cells, expand};
pub use facts::{CheckpointFacts, DatasetFacts, ExternalFacts, Facts, SharedImages};
pub use plan::{BASELINE, Plan, PlannedNetwork, Shown, VAL_BOXES};
pub use search::{FOUND, Search, document_of_cell, search};

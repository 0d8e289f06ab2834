//! Points of a hyperparameter search: random search, grids, the tree-structured Parzen estimator, successive halving,
//! and the importance of the searched keys.
//!
//! No I/O, no clock and no state: every function is a pure function of its arguments. Smaller values are better.

mod bandwidth;
mod boosting;
mod domain;
mod error;
mod feature;
mod grid;
mod halving;
mod importance;
mod normal;
mod parzen;
#[cfg(test)]
mod parzen_tests;
mod random;
mod space;
mod tpe;
mod tree;
mod trial;
mod variance;

pub use bandwidth::{Bandwidth, BandwidthRule};
pub use domain::{Domain, ParameterValue};
pub use error::SearchError;
pub use grid::{GRID_LIMIT, grid};
pub use halving::HalvingSchedule;
pub use importance::{ImportanceReport, KeyImportance, LEAST_TRIALS, importance};
pub use random::random_point;
pub use space::{Parameter, ParentChoice, SearchPoint, SearchSpace};
pub use tpe::{REDRAWS, Tpe};
pub use trial::{Trial, TrialOutcome};

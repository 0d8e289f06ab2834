//! Experiment files: broken ones and what a person is told, plans, and every shipped one.

mod compose;
mod invalid;
mod overrides;
mod plan;
mod schema;
mod shipped;
mod suggestions;
mod sweeps;

//! Experiment files: broken ones and what a person is told, plans, and every shipped one.

mod invalid;
mod plan;
mod schema;
mod shipped;
mod suggestions;

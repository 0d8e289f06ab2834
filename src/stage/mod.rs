//! What runs: training, maps, evaluation, the report; and the store that remembers what has run.

mod assemble;
mod error;
mod evaluate;
mod facts;
mod gallery;
mod job;
mod look;
pub mod machine;
mod map;
mod map_file;
mod map_source;
mod network;
pub mod probe;
mod progress;
mod provenance;
mod runner;
mod sample;
mod store;
mod target;
mod train;

pub use error::StageError;
pub use facts::gather;
pub use job::Runner;
pub use progress::{Progress, Verbosity};
pub use runner::Outcome;
pub use store::{Draft, Store};

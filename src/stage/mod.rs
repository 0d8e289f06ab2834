//! What runs: training, maps, evaluation, the report; and the store that remembers what has run.

mod agree;
mod assemble;
mod augment;
mod derive;
mod ensemble;
mod error;
mod evaluate;
mod facts;
mod frozen;
mod fuse;
mod gallery;
mod job;
mod join;
mod lens;
mod look;
#[cfg(test)]
mod look_tests;
pub mod machine;
mod make;
mod map;
mod map_file;
mod map_source;
mod network;
mod prediction_file;
pub mod probe;
mod progress;
mod provenance;
mod refine;
mod request;
mod runner;
mod sample;
mod sanity;
mod session;
mod split;
mod store;
mod target;
mod teacher;
mod train;
mod training_host;

pub use error::StageError;
pub use facts::gather;
pub use job::Runner;
pub use lens::{Lens, Sight};
pub use progress::{Progress, Verbosity};
pub use runner::Outcome;
pub use store::{Draft, Store, Working};

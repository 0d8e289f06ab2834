//! The kinds of stages, a file or folder each: training, fusion, maps, evaluation, analyses.

pub mod agree;
pub mod analyse;
pub mod chain;
pub mod derive;
mod ensemble;
mod error;
pub mod evaluate;
pub mod fuse;
pub mod map;
pub mod map_file;
pub mod map_source;
pub mod network;
pub mod prediction_file;
pub mod prepare;
mod progress;
mod rankings;
pub mod relate;
pub mod sample;
pub mod sanity;
mod split;
mod teacher;
pub mod train;
mod training_host;

pub use error::StageError;
pub use progress::{Progress, Task, Verbosity};

//! The stages of a run, one file or folder each: training, fusion, maps, evaluation, analyses.

pub mod analyse;
pub mod chain;
pub mod derive;
mod ensemble;
mod error;
/// Evaluation: localisation metrics of one method's maps, one row per image.
pub mod evaluate;
pub mod fuse;
/// Maps: CAM maps of every test image by forward and backward passes.
pub mod map;
/// Map artefacts on disk.
pub mod map_file;
/// Source of an evaluation's maps: a map artefact or a baseline.
pub mod map_source;
/// Networks of a plan with their initial, trained or fused weights.
pub mod network;
pub mod pairwise_divergence;
/// Logit artefacts on disk.
pub mod prediction_file;
pub mod prepare;
mod progress;
mod rankings;
pub mod reference_agreement;
/// Selection of the test images.
pub mod sample;
pub mod sanity;
mod split;
mod teacher;
/// Training of a network.
pub mod train;
mod training_host;

pub use error::StageError;
pub use progress::{Progress, Task, Verbosity};

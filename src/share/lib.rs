//! Finished runs for other experiment trackers: sent to an MLflow server, or written as TensorBoard event files or as
//! JSON lines that a short script hands to Weights & Biases.
//!
//! The crate takes plain data ([`SharedExperiment`]) and knows no report; docs/share.md describes the layouts.

mod error;
mod json_lines;
mod mlflow;
mod shared;
mod tensorboard;
mod value;

pub use error::ShareError;
pub use json_lines::write_json_lines;
pub use mlflow::{MlflowAuth, MlflowSent, MlflowServer, decode_key, encode_key};
pub use shared::{SharedExperiment, SharedMetric, SharedRun};
pub use tensorboard::write_event_files;

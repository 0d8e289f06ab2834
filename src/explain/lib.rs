//! Runs CAM methods on a network: forward passes, gradients, masked and augmented inputs. Independent of any plan.

mod augment;
pub mod compute;
mod error;
mod extractor;
mod forward_pass;
#[cfg(test)]
mod forward_pass_tests;
mod frozen;
pub mod join;
mod layers;
mod make;
mod prediction;
mod refine;
/// Requests: one CAM method at one or several layers.
pub mod request;
pub mod session;
/// Target classes: the classes that an image's maps are made for.
pub mod target;

pub use error::ExplainError;
pub use extractor::{CamExtractor, CamOutput};
pub use prediction::{ClassPrediction, most_probable};

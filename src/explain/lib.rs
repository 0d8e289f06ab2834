//! How a CAM method looks at a network: forward passes, gradients, masks, versions of the image. Needs no plan.

mod augment;
mod error;
pub mod frozen;
pub mod join;
mod lens;
mod look;
#[cfg(test)]
mod look_tests;
mod make;
mod prediction;
mod refine;
pub mod request;
pub mod session;
pub mod target;

pub use error::ExplainError;
pub use lens::{CamExtractor, CamOutput};
pub use prediction::ClassPrediction;

//! Saliency of an image computed without a network, as in OpenCV's `saliency` module.

mod fine_grained;
mod grey;
mod spectral_residual;

pub use fine_grained::fine_grained_saliency;
pub use spectral_residual::spectral_residual;

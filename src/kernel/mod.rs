//! Convolution, pooling and matrix products over plain slices: the only home of `unsafe` code.
//!
//! Images are `[n, h, w, c]` row-major `f32`. Work is split by the shapes alone, never by the number of
//! threads, and every sum has one order, so results are bit-identical on any pool.

pub mod bf16;
mod conv_forward;
mod error;
mod f32;
mod isa;
mod lanes;
mod pool_values;
mod raw;
mod scratch;
mod shape;
mod window;
mod winograd;

pub use conv_forward::{Algorithm, Epilogue, Filter, Residual, conv2d_forward};
pub use error::KernelError;
pub use isa::{ISA_VARIABLE, Isa, check_isa};
pub use pool_values::{avg_pool2d_values, channel_means, max_pool2d_values};
pub use shape::{ConvGeometry, ConvShape, PoolShape};

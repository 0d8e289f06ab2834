//! Convolution, pooling and matrix products over plain slices: the only home of `unsafe` code.
//!
//! Images are `[n, c, h, w]` row-major `f32`. Work is split by the shapes alone, never by the number of
//! threads, and every sum has one order, so results are bit-identical on any pool.

mod conv_backward_data;
mod conv_backward_weights;
mod conv_forward;
#[cfg(test)]
mod conv_tests;
mod error;
mod im2col;
mod matrix;
mod peak;
mod pool_average;
mod pool_max;
mod scratch;
mod shape;
mod window;

pub use conv_backward_data::conv2d_backward_data;
pub use conv_backward_weights::conv2d_backward_weights;
pub use conv_forward::conv2d_forward;
pub use error::KernelError;
pub use matrix::{Mat, MatMut, matmul};
pub use peak::{Peak, peak_f32};
pub use pool_average::{avg_pool2d_backward, avg_pool2d_forward};
pub use pool_max::{max_pool2d_backward, max_pool2d_forward};
pub use shape::{ConvGeometry, ConvShape, PoolShape};

//! Convolution, pooling and matrix products over plain slices: the only crate with `unsafe` code.
//!
//! Images are `[n, h, w, c]` row-major `f32`. Work is split by the shapes alone, never by the number of
//! threads, and every sum has one order, so results are bit-identical on any thread pool.

#![expect(unsafe_code, reason = "vectors, tiles and buffers written side by side")]

mod backward_weights;
pub mod bf16;
mod channels;
mod conv_backward_data;
mod conv_filter;
mod conv_forward;
#[cfg(test)]
mod conv_tests;
mod depthwise;
pub mod elementary;
mod elementwise;
mod error;
mod f32;
mod instructions;
mod isa;
mod lanes;
mod large_pages;
mod layout;
mod linear;
mod output_range;
mod peak;
mod phase;
mod pool_average;
mod pool_max;
#[cfg(test)]
mod pool_tests;
mod pool_values;
mod prefetch;
mod raw;
pub mod recycle;
mod scratch;
mod separable;
mod shape;
mod team;
mod unrolled;
mod vectorised;
mod window;
mod winograd;

pub use backward_weights::conv2d_backward_weights;
pub use channels::{
    Affine, ConcatPart, Gate, Moments, NormBackward, NormInputGradient, channel_moments, channel_sums,
    concat_channels, norm_backward_input, norm_backward_input_in_place, norm_backward_sums, normalise,
    normalise_in_place,
};
pub use conv_backward_data::{BackwardFilter, conv2d_backward_data};
pub use conv_filter::{Algorithm, Filter};
pub use conv_forward::{Epilogue, Residual, conv2d_forward};
pub use elementwise::Elementwise;
pub use error::KernelError;
pub use instructions::KernelInstructions;
pub use isa::{ISA_VARIABLE, Isa, check_isa, pin_isa};
pub use large_pages::LargePages;
pub use layout::{to_channels_first, to_channels_last};
pub use linear::{LinearShape, linear_backward_data, linear_forward};
pub use output_range::OutputRange;
pub use peak::{Peak, peak_bf16, peak_f32};
pub use pool_average::{avg_pool2d_backward, avg_pool2d_forward};
pub use pool_max::{max_pool2d_backward, max_pool2d_forward};
pub use pool_values::{avg_pool2d_values, channel_means, max_pool2d_values};
pub use separable::{SeparablePart, separable_forward, separable_pays};
pub use shape::{ConvGeometry, ConvShape, PoolGeometry, PoolShape};
pub use team::{spread, spread_chunks, with_team};
pub use window::AxisPadding;

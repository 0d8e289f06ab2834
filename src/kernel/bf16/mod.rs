//! Inference in bf16 on AMX tiles or by AVX-512 products of pairs ([`Bf16Unit`]): products of bf16 summed in
//! `f32`, every result rounded once.
//!
//! Images are `[n, h, w, c]`. The order of a sum depends on the filter's shape alone, so an output has the
//! same bits for any batch, split of the work and number of threads. Without such instructions ([`available`])
//! every kernel that needs them returns [`super::KernelError::NoBf16`].
#![cfg_attr(not(target_arch = "x86_64"), allow(dead_code))]

#[cfg(target_arch = "x86_64")]
mod ahead;
#[cfg(target_arch = "x86_64")]
mod block;
mod buffer;
mod conv;
mod filter;
#[cfg(target_arch = "x86_64")]
mod finish;
#[cfg(target_arch = "x86_64")]
mod gather;
mod grouped;
mod linear;
#[cfg(target_arch = "x86_64")]
mod pairs;
mod peak;
mod plan;
mod pool_max;
mod product;
mod round;
mod scratch;
mod sizes;
#[cfg(target_os = "linux")]
mod supported;
mod system;
#[cfg(target_arch = "x86_64")]
mod task;
#[cfg(test)]
mod tests;
#[cfg(target_arch = "x86_64")]
mod tiles;
mod unit;
mod vector;
#[cfg(target_arch = "x86_64")]
mod walk;
mod windows;

pub use buffer::Bf16Buffer;
pub use conv::{Bf16Epilogue, conv2d_forward_bf16, conv2d_rows_bf16};
pub use filter::Bf16Filter;
pub use grouped::conv2d_grouped_bf16;
pub use linear::{linear_bf16, linear_relu_bf16};
pub(super) use peak::multiply_bf16;
pub use pool_max::max_pool2d_bf16;
pub use round::{round_to_bf16, widen_bf16};
pub use supported::supports;
pub use unit::Bf16Unit;

/// True if this machine has instructions that the bf16 kernels use.
pub fn available() -> bool {
    Bf16Unit::current().is_some()
}

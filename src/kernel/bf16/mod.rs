//! Inference in bf16 on Intel AMX: products of bf16 summed in `f32`, every result rounded once.
//!
//! Images are `[n, h, w, c]`. The order of a sum depends on the filter's shape alone, so an output is the same
//! bits for any batch, split of the work and number of threads.

mod ahead;
mod block;
mod buffer;
mod conv;
mod detect;
mod filter;
mod finish;
mod gather;
mod peak;
mod plan;
mod pool_max;
mod product;
mod scratch;
mod system;
mod team;
mod tiles;
mod vector;
mod windows;

pub use buffer::Bf16Buffer;
pub use conv::{Bf16Epilogue, conv2d_forward_bf16, conv2d_rows_bf16, supports};
pub use detect::available;
pub use filter::Bf16Filter;
pub(super) use peak::multiply_tiles;
pub use pool_max::max_pool2d_bf16;
pub use team::{spread as spread_tasks, with_team};

//! Differentiable ops: each computes its output and records its backward pass on the tape.
//!
//! All are checked against PyTorch, forward and backward (`tests/tape/goldens.rs`).

mod add;
mod attention_dropout;
mod avg_pool;
mod batch_norm;
mod batch_norm_backward;
mod check;
mod conv;
mod dropout;
mod flatten;
mod function;
mod global_avg_pool;
mod layer;
mod linear;
mod max_pool;
mod multi_label_loss;
mod option_a;
mod relu;

pub use add::add;
pub use attention_dropout::{Attention, attention_dropout};
pub use avg_pool::avg_pool2d;
pub use batch_norm::{BatchStatistics, Behind, BnMode, batch_norm, batch_norm_then};
pub use conv::conv2d;
pub use dropout::dropout;
pub use flatten::flatten;
pub use function::function;
pub use global_avg_pool::global_avg_pool2d;
pub use layer::layer;
pub use linear::linear;
pub use max_pool::max_pool2d;
pub use multi_label_loss::{AsymmetricFocus, multi_label_loss};
pub use option_a::subsample_pad_channels;
pub use relu::{ReluRule, relu, relu_by};

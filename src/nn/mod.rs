//! The dfdx seam: ops on its tape over kernels of ours, networks, checkpoints.

pub mod graph;
mod value;

pub use value::{Slot, Value};

//! The dfdx seam: ops on its tape over kernels of ours, networks, checkpoints.

pub mod checkpoint;
pub mod graph;
mod network;
mod value;

pub use network::{Network, NetworkError};
pub use value::{Slot, Value};

//! The dfdx seam: ops on its tape over kernels of ours, networks, checkpoints.

mod value;

pub use value::{Slot, Value};

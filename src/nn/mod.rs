//! The dfdx seam: ops on its tape over kernels of ours, networks, checkpoints.

mod error;
mod gradient;
pub mod ops;
mod recorder;
mod value;

pub use crate::kernel::ConvGeometry;
pub use error::OpError;
pub use gradient::take_gradient;
pub use recorder::{Logits, Recorder, parameter};
pub use value::{Slot, Value};

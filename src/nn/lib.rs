//! Networks on dfdx's tape: differentiable ops over camlab's own kernels, graphs, checkpoints, training,
//! alignment.

pub mod align;
pub mod checkpoint;
mod error;
mod gradient;
pub mod graph;
mod network;
pub mod ops;
mod probabilities;
mod recalibrate;
mod recorder;
mod softmax;
pub mod train;
mod value;

pub use camlab_kernel::ConvGeometry;
pub use error::OpError;
pub use gradient::take_gradient;
pub use network::{
    Activation, Attribution, Classifier, Images, Inference, Network, NetworkError, NormStatistics,
};
pub use probabilities::ClassProbabilities;
pub use recalibrate::{ChannelStatistics, Recalibration, Repair};
pub use recorder::{Logits, Recorder, parameter};
pub use softmax::softmax;
pub use value::{Slot, Value};

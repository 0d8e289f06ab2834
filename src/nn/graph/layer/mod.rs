//! Operations on whole activations that are computed from plain arrays. A new one is a file with its shape, its values and
//! its gradients, and a row here; tape, engine, shapes, parameters and alignment work for all of them.

mod arithmetic;
mod call;
mod channel_affine;
mod channel_shuffle;
mod concat;
mod global_max_pool;
mod grid_average;
mod group_norm;
mod layer_norm;
mod lrn;
mod pad;
mod prelu;
mod resize;
mod slice;
mod softmax;

pub use arithmetic::{Arithmetic, ArithmeticOp};
pub use call::{LayerCall, LayerGradients, LayerInput};
pub use channel_affine::ChannelAffine;
pub use channel_shuffle::ChannelShuffle;
pub use concat::Concat;
pub use global_max_pool::GlobalMaxPool;
pub use grid_average::GridAverage;
pub use group_norm::GroupNorm;
pub use layer_norm::LayerNorm;
pub use lrn::Lrn;
pub use pad::{Pad, PadMode};
pub use prelu::Prelu;
pub use resize::{Resize, ResizeCoordinates, ResizeMode, ResizeSize, Rounding};
pub use slice::Slice;
pub use softmax::Softmax;

use super::{Extent, ParameterKind};

/// A parameter of a layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerParameter {
    /// Last part of its name: `weight`.
    pub suffix: &'static str,
    /// Role.
    pub kind: ParameterKind,
    /// Shape.
    pub shape: Vec<usize>,
}

/// The input channels `(input, channel)` that carry what an output channel carries.
pub type ChannelSources = Vec<(usize, usize)>;

/// An operation with its values and gradients. Images are `[n, h, w, c]`, vectors `[n, c]`.
pub trait LayerFunction: Sync {
    /// Shape of the output.
    ///
    /// # Errors
    /// A verb phrase for inputs that do not fit.
    fn extent(&self, inputs: &[Extent]) -> Result<Extent, String>;

    /// Number of output channels for inputs with these numbers of channels.
    fn channels(&self, inputs: &[usize]) -> usize;

    /// The input channels of every output channel; `None` if channels cannot be told apart that simply, so that networks
    /// are aligned with the channels as they are.
    fn sources(&self, inputs: &[usize]) -> Option<Vec<ChannelSources>>;

    /// Parameters in the order of their use.
    fn parameters(&self) -> Vec<LayerParameter> {
        Vec::new()
    }

    /// Computes the output.
    fn values(&self, call: &LayerCall<'_>, output: &mut [f32]);

    /// Adds the gradients of inputs and parameters to those of `to` that are wanted, given that of the output.
    fn gradients(&self, call: &LayerCall<'_>, gradient: &[f32], to: &mut LayerGradients);
}

/// Sources of an operation that treats channels alike and separately: output channel `c` carries channel `c` of every
/// input.
fn same_channels(inputs: &[usize]) -> Option<Vec<ChannelSources>> {
    let count = *inputs.first()?;
    let alike = inputs.iter().all(|channels| *channels == count);
    alike.then(|| {
        (0..count).map(|channel| (0..inputs.len()).map(|input| (input, channel)).collect()).collect()
    })
}

/// The single input of an operation.
fn only(inputs: &[Extent]) -> Result<Extent, String> {
    match inputs {
        [input] => Ok(*input),
        _ => Err(format!("needs one input, and has {}", inputs.len())),
    }
}

/// Channels, height and width of the single input, which must be an image.
fn only_image(inputs: &[Extent]) -> Result<(usize, usize, usize), String> {
    match only(inputs)? {
        Extent::Image { channels, height, width } => Ok((channels, height, width)),
        Extent::Vector { length } => {
            Err(format!("needs an image-shaped input, and has a vector of {length}"))
        }
    }
}

macro_rules! layers {
    ($($Layer:ident, $summary:literal;)+) => {
        /// An operation on whole activations and its options.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Layer { $(#[doc = $summary] $Layer($Layer),)+ }

        impl Layer {
            /// The implementation.
            pub fn function(&self) -> &dyn LayerFunction {
                match self { $(Self::$Layer(layer) => layer,)+ }
            }
        }

        $(impl From<$Layer> for Layer {
            fn from(layer: $Layer) -> Self {
                Self::$Layer(layer)
            }
        })+
    };
}

impl Layer {
    /// True if the output has the grid of the first input, whatever that is.
    pub fn keeps_grid(&self) -> bool {
        match self {
            Self::ChannelAffine(_)
            | Self::ChannelShuffle(_)
            | Self::Concat(_)
            | Self::GroupNorm(_)
            | Self::LayerNorm(_)
            | Self::Lrn(_)
            | Self::Prelu(_)
            | Self::Softmax(_) => true,
            Self::Slice(Slice { start: [_, 0, 0], count: [_, None, None], step: [_, 1, 1] }) => true,
            Self::Arithmetic(_)
            | Self::GlobalMaxPool(_)
            | Self::GridAverage(_)
            | Self::Pad(_)
            | Self::Resize(_)
            | Self::Slice(_) => false,
        }
    }
}

layers! {
    Arithmetic, "Sum, difference, product or quotient of two activations, with broadcasting.";
    ChannelAffine, "A scale and a shift per channel (batch norm by constants).";
    ChannelShuffle, "Channels of groups, interleaved (ShuffleNet).";
    Concat, "Activations side by side along the channels.";
    GlobalMaxPool, "Largest value of every channel.";
    GridAverage, "Averages on a grid of given size (PyTorch: `adaptive_avg_pool2d`).";
    GroupNorm, "Normalisation over position and the channels of a group (PyTorch: `group_norm`, `instance_norm`).";
    LayerNorm, "Normalisation over the channels of each position (PyTorch: `layer_norm`).";
    Lrn, "Local response normalisation (PyTorch: `local_response_norm`).";
    Pad, "Values around the image (PyTorch: `pad`).";
    Prelu, "`x` above 0, a trained slope times `x` below (PyTorch: `prelu`).";
    Resize, "Another grid by interpolation (PyTorch: `interpolate`).";
    Slice, "A part of the channels, rows and columns.";
    Softmax, "Softmax over the channels of each position.";
}

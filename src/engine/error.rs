use camlab_kernel::KernelError;
use camlab_nn::graph::GraphError;

/// Errors of freezing or running a network.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The image size does not fit the graph.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// A kernel rejected a shape.
    #[error("node `{node}`: {source}")]
    Kernel {
        /// Name of the node.
        node: String,
        /// Underlying error.
        source: KernelError,
    },
    /// A node of a form that is not supported.
    #[error("node `{node}`: {reason}")]
    Unsupported {
        /// Name of the node.
        node: String,
        /// Reason, and the remedy.
        reason: String,
    },
    /// bf16 on a machine without it.
    #[error(
        "precision = \"bf16\" needs AMX under Linux, or AVX-512-BF16 on an AMD processor; use precision = \"f32\""
    )]
    NoBf16,
    /// The number of pixel values does not match the images' shape.
    #[error(
        "{images} images of {height}x{width} and {channels} channels hold {wanted} numbers, {given} were given"
    )]
    Length {
        /// Number of images.
        images: usize,
        /// Height in pixels.
        height: usize,
        /// Width in pixels.
        width: usize,
        /// Number of channels.
        channels: usize,
        /// Values given.
        given: usize,
        /// Values expected.
        wanted: usize,
    },
    /// Not one class of the network per image.
    #[error("targets {targets:?} are not one class below {classes} for each of {images} images")]
    Targets {
        /// The classes given.
        targets: Vec<usize>,
        /// Number of images.
        images: usize,
        /// Number of classes.
        classes: usize,
    },
    /// A gradient at a node before the one that the backward pass ends at.
    #[error(
        "the gradient at `{node}` was requested, but the network was compiled for gradients from `{from}` on"
    )]
    BeforeGradients {
        /// Name of the node.
        node: String,
        /// Name of the earliest node with a gradient.
        from: String,
    },
    /// An activation was requested that was not among those to keep.
    #[error("the activation of `{node}` was not requested when the network was compiled for inference")]
    NotKept {
        /// Name of the node.
        node: String,
    },
}

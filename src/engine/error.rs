use camlab_kernel::KernelError;
use camlab_nn::graph::GraphError;

/// Why a network could not be frozen or run.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The images' size does not suit the graph.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// A kernel refused a shape.
    #[error("node `{node}`: {source}")]
    Kernel {
        /// The operation's node.
        node: String,
        /// Why.
        source: KernelError,
    },
    /// A node whose form is not supported.
    #[error("node `{node}`: {reason}")]
    Unsupported {
        /// The operation's node.
        node: String,
        /// What is not, and what to do.
        reason: String,
    },
    /// bf16 on a machine without it.
    #[error("precision `bf16` needs a processor with AMX-bf16 under Linux; use precision `f32` here")]
    NoBf16,
    /// Pixels that are not as many as the images have.
    #[error(
        "{images} images of {height}x{width} and {channels} channels hold {wanted} numbers, {given} were given"
    )]
    Length {
        /// Images.
        images: usize,
        /// Rows.
        height: usize,
        /// Columns.
        width: usize,
        /// Channels.
        channels: usize,
        /// Numbers given.
        given: usize,
        /// Numbers wanted.
        wanted: usize,
    },
    /// An activation that was not among those to keep.
    #[error("the activation of `{node}` was not kept when the network was frozen")]
    NotKept {
        /// Its node.
        node: String,
    },
}

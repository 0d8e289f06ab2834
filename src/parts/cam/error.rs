use camlab_engine::EngineError;
use camlab_nn::NetworkError;

/// Error of a CAM method while it computes its weights.
#[derive(Debug, thiserror::Error)]
pub enum CamError {
    /// The inference engine returned an error.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The network returned an error in a forward and backward pass.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The memory budget is too small for a single pass.
    #[error("memory = \"{budget}\" is too small for one forward pass; write at least \"{needed} MB\"")]
    Memory {
        /// Budget as given in the experiment file.
        budget: String,
        /// Memory for one pass in MB, rounded up.
        needed: u64,
    },
    /// The network has no such class.
    #[error(
        "class {class} does not exist: the network has {classes} classes; use a number less than {classes}"
    )]
    Class {
        /// Index of the requested class.
        class: usize,
        /// Number of classes of the network.
        classes: usize,
    },
    /// A weight is NaN or infinite.
    #[error(
        "`{method}` computed the weight {weight} for channel {channel}: a parameter of the network is not finite, or \
         the class score is too close to 0 to divide by"
    )]
    NotFinite {
        /// Name of the method.
        method: &'static str,
        /// Index of the weight: channel, or pixel for methods that weight pixels.
        channel: usize,
        /// The weight.
        weight: f32,
    },
    /// The caller passed no forward or gradient queries to a method that needs them: a bug in camlab.
    #[error(
        "`{method}` needs extra forward or backward passes; set `NetworkQueries::variants` or `NetworkQueries::gradients`"
    )]
    MissingQueries {
        /// Name of the method.
        method: &'static str,
    },
}

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
    #[error("memory = \"{budget}\" does not hold one pass, which takes {needed} MB; raise it")]
    Memory {
        /// Budget as given in the experiment file.
        budget: String,
        /// Memory for one pass in MB, rounded up.
        needed: u64,
    },
    /// The network has no such class.
    #[error("the network answers for {classes} classes, so there is no class {class}")]
    Class {
        /// Index of the requested class.
        class: usize,
        /// Number of classes of the network.
        classes: usize,
    },
    /// A weight is NaN or infinite.
    #[error(
        "`{method}` finds the weight {weight} for channel {channel}: the network's weights are broken, or its score \
         is so close to 0 that nothing can be measured by it"
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
        "`{method}` asks the network, and nothing answers; offer it `NetworkQueries::variants` or `NetworkQueries::gradients`"
    )]
    MissingQueries {
        /// Name of the method.
        method: &'static str,
    },
}

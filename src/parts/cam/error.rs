use camlab_engine::EngineError;
use camlab_nn::NetworkError;

/// Why a method could not find its channel weights.
#[derive(Debug, thiserror::Error)]
pub enum CamError {
    /// The network refused what it was asked.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The network refused a pass forward and back.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// Not even one pass fits the budget.
    #[error("memory = \"{budget}\" does not hold one pass, which takes {needed} MB; raise it")]
    Memory {
        /// What the file allows.
        budget: String,
        /// What one pass takes, rounded up.
        needed: u64,
    },
    /// A class that the network lacks.
    #[error("the network answers for {classes} classes, so there is no class {class}")]
    Class {
        /// The class asked for.
        class: usize,
        /// How many there are.
        classes: usize,
    },
    /// A weight that no map can be made of.
    #[error(
        "`{method}` finds the weight {weight} for channel {channel}: the network's weights are broken, or its score \
         is so close to 0 that nothing can be measured by it"
    )]
    NotFinite {
        /// The method's name.
        method: &'static str,
        /// Which channel.
        channel: usize,
        /// What was found.
        weight: f32,
    },
    /// The caller offers no passes to a method that needs them: a bug of ours.
    #[error(
        "`{method}` asks the network, and nothing answers; offer it `Question::variants` or `Question::slopes`"
    )]
    NoVariants {
        /// The method's name.
        method: &'static str,
    },
}

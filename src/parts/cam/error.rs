use crate::engine::EngineError;

/// Why a method could not find its channel weights.
#[derive(Debug, thiserror::Error)]
pub enum CamError {
    /// The network refused what it was asked.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// Not even one pass fits the budget.
    #[error("memory = \"{budget}\" does not hold one pass, which takes {needed} MB; raise it")]
    Memory {
        /// What the file allows.
        budget: String,
        /// What one pass takes, rounded up.
        needed: u64,
    },
    /// The caller offers no passes to a method that needs them: a bug of ours.
    #[error("`{method}` asks the network, and nothing answers; offer it `Question::variants`")]
    NoVariants {
        /// The method's name.
        method: &'static str,
    },
}

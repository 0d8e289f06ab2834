use crate::nn::checkpoint::CheckpointError;

/// Why a network could not be initialised.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// A scale that is no scale.
    #[error("`{option}` = {value} is no scale to draw weights with; use a positive number")]
    Scale {
        /// The option.
        option: &'static str,
        /// What it was set to.
        value: f32,
    },
    /// The checkpoint's path names no place.
    #[error(transparent)]
    Path(#[from] crate::parts::path::PathError),
    /// The checkpoint cannot be read or does not fit the network.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The network did not take a value: a bug of ours.
    #[error(transparent)]
    Network(#[from] crate::nn::NetworkError),
}

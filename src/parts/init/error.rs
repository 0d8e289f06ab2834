use camlab_nn::checkpoint::CheckpointError;

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
    /// A pattern of `leave-out` that matches nothing.
    #[error(
        "leave-out = \"{pattern}\" matches no parameter of the network and none of the file{}",
        nearest.as_ref().map_or(String::new(), |name| format!("; the closest is `{name}`"))
    )]
    LeaveOut {
        /// The pattern.
        pattern: String,
        /// The network's most similar name.
        nearest: Option<String>,
    },
    /// A URL whose file is not there.
    #[error("`{0}` has not been downloaded; `camlab run` does that, or name a file")]
    NotDownloaded(String),
    /// The checkpoint's path names no place.
    #[error(transparent)]
    Path(#[from] camlab_data::path::PathError),
    /// The checkpoint cannot be read or does not fit the network.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The network did not take a value: a bug of ours.
    #[error(transparent)]
    Network(#[from] camlab_nn::NetworkError),
}

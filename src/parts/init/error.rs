use camlab_nn::checkpoint::CheckpointError;

/// Error of an initialisation.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// A scale that is not a positive number.
    #[error("`{option}` = {value} is out of range; use a positive number")]
    Scale {
        /// Name of the TOML option.
        option: &'static str,
        /// Value given.
        value: f32,
    },
    /// A pattern of `leave-out` that matches nothing.
    #[error(
        "leave-out = \"{pattern}\" matches no parameter of the network or the file{}",
        nearest.as_ref().map_or(String::new(), |name| format!("; the closest is `{name}`"))
    )]
    LeaveOut {
        /// The pattern.
        pattern: String,
        /// Most similar parameter name of the network.
        nearest: Option<String>,
    },
    /// A checkpoint with batch norms where one without is expected; the name of one of their buffers.
    #[error(
        "the weights have batch norms (`{0}`), but `without-batch-norm = true` expects a network without; remove it"
    )]
    BatchNorm(String),
    /// The checkpoint is a URL whose file has not been downloaded.
    #[error("`{0}` has not been downloaded; run `camlab run FILE`, or set `checkpoint` to a local file")]
    NotDownloaded(String),
    /// The parameters are those of another experiment's network, which a stage trains.
    #[error("the parameters are those of a network of `{0}`, which `camlab run FILE` trains")]
    NotTrained(String),
    /// The checkpoint's path cannot be resolved.
    #[error(transparent)]
    Path(#[from] camlab_data::path::PathError),
    /// The checkpoint cannot be read or does not fit the network.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The weights of an ONNX file cannot be read.
    #[error("{0}")]
    Onnx(String),
    /// The network rejected a value: an internal error.
    #[error(transparent)]
    Network(#[from] camlab_nn::NetworkError),
}

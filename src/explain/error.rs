/// A request that the network or the images cannot fulfil; the message names the remedy.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ExplainError(pub String);

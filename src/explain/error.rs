/// A request that the network or the images cannot meet; says what to do.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ExplainError(pub String);

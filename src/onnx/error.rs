use std::path::PathBuf;

/// Errors of reading or importing an ONNX file.
#[derive(Debug, thiserror::Error)]
pub enum OnnxError {
    /// The file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// File.
        path: PathBuf,
        /// Cause.
        source: std::io::Error,
    },
    /// The file cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// File.
        path: PathBuf,
        /// Cause.
        source: std::io::Error,
    },
    /// The file is no ONNX model.
    #[error("{} is not an ONNX model: {reason}", path.display())]
    Format {
        /// File.
        path: PathBuf,
        /// Cause.
        reason: String,
    },
    /// Operators that cannot be imported, all of them.
    #[error("the network has operators that cannot be imported: {}", list(.operators))]
    Operators {
        /// Operator and the name of a node with it, once per operator.
        operators: Vec<(String, String)>,
    },
    /// A node whose operands or attributes cannot be imported.
    #[error("node `{node}` ({operator}) {reason}")]
    Node {
        /// Name of the node, or of its first output.
        node: String,
        /// Operator.
        operator: String,
        /// Verb phrase.
        reason: String,
    },
    /// An [`crate::ImportOptions`] option that does not fit the network, or that the network needs.
    #[error("{reason}")]
    Option {
        /// Name of the option.
        option: &'static str,
        /// Cause.
        reason: String,
    },
    /// An input, an output or a size that does not fit.
    #[error("{0}")]
    Interface(String),
}

fn list(operators: &[(String, String)]) -> String {
    let words: Vec<String> =
        operators.iter().map(|(operator, node)| format!("{operator} (node `{node}`)")).collect();
    words.join(", ")
}

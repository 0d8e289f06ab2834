use crate::OpError;
use crate::graph::{GraphError, ParameterSpec};
use camlab_base::registry::closest;

/// Errors of setting a value or running a network.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// A name the network does not have.
    #[error("the network has no parameter `{name}`{hint}")]
    NoSuchParameter {
        /// Requested name.
        name: String,
        /// `, did you mean ...?`, or empty.
        hint: String,
    },
    /// A value of the wrong length.
    #[error("`{name}` holds {wanted} numbers, {given} were given")]
    Length {
        /// Name of the parameter, or `input`.
        name: String,
        /// Numbers given.
        given: usize,
        /// Numbers expected.
        wanted: usize,
    },
    /// The input size does not fit the graph.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// The output is not a vector of class scores.
    #[error(
        "the network's output `{node}` is not a vector of class scores; use a graph that ends in its head"
    )]
    NoLogits {
        /// Name of the output node.
        node: String,
    },
    /// A requested activation was not kept: an internal error.
    #[error("the activation of `{node}` was not recorded in the forward pass")]
    NotKept {
        /// Name of the node.
        node: String,
    },
    /// A target class out of range, or not one class per image.
    #[error(
        "target classes {targets:?} do not fit {images} images and {classes} classes; pass one class per image, less \
         than {classes}"
    )]
    Targets {
        /// Classes given.
        targets: Vec<usize>,
        /// Number of images.
        images: usize,
        /// Number of classes.
        classes: usize,
    },
    /// An operation rejected its input.
    #[error("node `{node}`: {source}")]
    Op {
        /// Name of the operation's node.
        node: String,
        /// Underlying error.
        source: Box<OpError>,
    },
    /// Error of the backward pass.
    #[error(transparent)]
    Gradient(Box<OpError>),
    /// dfdx rejected an allocation or an operation.
    #[error("dfdx failed: {0}")]
    Dfdx(String),
}

impl From<OpError> for NetworkError {
    fn from(error: OpError) -> Self {
        Self::Gradient(Box::new(error))
    }
}

impl NetworkError {
    pub(super) fn no_such_parameter(name: &str, specs: &[ParameterSpec]) -> Self {
        let hint = match closest(name, specs.iter().map(|spec| spec.name.as_str())) {
            Some(near) => format!(", did you mean `{near}`?"),
            None => String::new(),
        };
        Self::NoSuchParameter { name: name.to_owned(), hint }
    }
}

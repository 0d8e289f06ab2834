use crate::OpError;
use crate::graph::{GraphError, ParameterSpec};
use camlab_base::registry::closest;

/// Why a network could not take a value or run.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// A name the network does not have.
    #[error("the network has no parameter `{name}`{hint}")]
    NoSuchParameter {
        /// What was asked for.
        name: String,
        /// `, did you mean ...?`, or nothing.
        hint: String,
    },
    /// A value of the wrong length.
    #[error("`{name}` holds {wanted} numbers, {given} were given")]
    Length {
        /// What was to be set, or `input`.
        name: String,
        /// Numbers given.
        given: usize,
        /// Numbers it holds.
        wanted: usize,
    },
    /// The input's size does not suit the graph.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// The output is no vector of class scores.
    #[error("the network ends at `{node}`, which gives no class scores; run a graph that ends in its head")]
    NoLogits {
        /// The output node.
        node: String,
    },
    /// An activation that was not among those to keep: a bug of ours.
    #[error("the activation of `{node}` was not kept")]
    NotKept {
        /// Its node.
        node: String,
    },
    /// A class that the network does not have, or not one per image.
    #[error(
        "target classes {targets:?} do not suit {images} images and {classes} classes; give one below {classes} each"
    )]
    Targets {
        /// What was given.
        targets: Vec<usize>,
        /// Images in the batch.
        images: usize,
        /// The network's classes.
        classes: usize,
    },
    /// An operation refused what reached it.
    #[error("node `{node}`: {source}")]
    Op {
        /// The operation's node.
        node: String,
        /// Why.
        source: Box<OpError>,
    },
    /// The backward pass's own error.
    #[error(transparent)]
    Gradient(Box<OpError>),
    /// dfdx refused an allocation or an operation.
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

//! What an op refuses.

use thiserror::Error;

use camlab_kernel::KernelError;

/// An op that cannot be carried out on the values it was given.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum OpError {
    /// An input without the number of dimensions that the op works on.
    #[error("{op} takes {what} of shape {expected}, not {found:?}")]
    Rank {
        /// The op.
        op: &'static str,
        /// Which of its inputs.
        what: &'static str,
        /// The dimensions it should have.
        expected: &'static str,
        /// The shape it has.
        found: Vec<usize>,
    },
    /// Two inputs that do not fit each other.
    #[error("{op} cannot combine {left_name} of shape {left:?} with {right_name} of shape {right:?}")]
    Shapes {
        /// The op.
        op: &'static str,
        /// What the left shape is of.
        left_name: &'static str,
        /// The left shape.
        left: Vec<usize>,
        /// What the right shape is of.
        right_name: &'static str,
        /// The right shape.
        right: Vec<usize>,
    },
    /// Data that its own shape does not describe.
    #[error("{op} was given {what} of shape {shape:?} over {len} elements")]
    Length {
        /// The op.
        op: &'static str,
        /// Which of its inputs.
        what: &'static str,
        /// The shape.
        shape: Vec<usize>,
        /// The number of elements.
        len: usize,
    },
    /// A geometry that the kernels refuse.
    #[error("{op} on an input of shape {input:?}: {source}")]
    Kernel {
        /// The op.
        op: &'static str,
        /// Shape of its input.
        input: Vec<usize>,
        /// Why.
        source: KernelError,
    },
    /// dfdx refused a tensor or a gradient.
    #[error("{op}: dfdx answered {message}")]
    Dfdx {
        /// The op.
        op: &'static str,
        /// What it said.
        message: String,
    },
}

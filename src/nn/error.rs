//! Errors of the ops.

use thiserror::Error;

use camlab_kernel::KernelError;

/// An op that cannot be applied to its inputs.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum OpError {
    /// An input with the wrong number of dimensions.
    #[error("{op} takes {what} of shape {expected}, not {found:?}")]
    Rank {
        /// Name of the op.
        op: &'static str,
        /// Name of the input.
        what: &'static str,
        /// Expected shape.
        expected: &'static str,
        /// Actual shape.
        found: Vec<usize>,
    },
    /// Two inputs whose shapes do not fit each other.
    #[error("{op} cannot combine {left_name} of shape {left:?} with {right_name} of shape {right:?}")]
    Shapes {
        /// Name of the op.
        op: &'static str,
        /// Name of the left input.
        left_name: &'static str,
        /// Shape of the left input.
        left: Vec<usize>,
        /// Name of the right input.
        right_name: &'static str,
        /// Shape of the right input.
        right: Vec<usize>,
    },
    /// Data whose length does not match its shape.
    #[error("{op} was given {what} of shape {shape:?} over {len} elements")]
    Length {
        /// Name of the op.
        op: &'static str,
        /// Name of the input.
        what: &'static str,
        /// Its shape.
        shape: Vec<usize>,
        /// Its number of elements.
        len: usize,
    },
    /// A geometry that the kernels reject.
    #[error("{op} on an input of shape {input:?}: {source}")]
    Kernel {
        /// Name of the op.
        op: &'static str,
        /// Shape of its input.
        input: Vec<usize>,
        /// Underlying error.
        source: KernelError,
    },
    /// dfdx rejected a tensor or a gradient.
    #[error("{op}: dfdx failed: {message}")]
    Dfdx {
        /// Name of the op.
        op: &'static str,
        /// Error text of dfdx.
        message: String,
    },
}

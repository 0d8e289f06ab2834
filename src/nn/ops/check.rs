//! Checks shared by several ops.

use std::sync::Arc;

use dfdx::tensor::CpuError;

use crate::{OpError, Value};
use camlab_kernel::KernelError;

/// The four sizes of an image batch (or of a filter bank), none of them zero, after checking the data's
/// length.
pub(super) fn image(op: &'static str, what: &'static str, value: &Value) -> Result<[usize; 4], OpError> {
    let shape = <[usize; 4]>::try_from(&value.shape[..]).ok().filter(|shape| !shape.contains(&0));
    let Some(shape) = shape else {
        let expected = match what {
            "the weight" => "[out, in, height, width], none of them 0",
            _ => "[n, h, w, c], none of them 0",
        };
        return Err(OpError::Rank { op, what, expected, found: value.shape.clone() });
    };
    length(op, what, value)?;
    Ok(shape)
}

/// Returns an error for data whose length does not match its shape.
pub(super) fn length(op: &'static str, what: &'static str, value: &Value) -> Result<(), OpError> {
    if value.data.len() == value.shape.iter().product::<usize>() {
        return Ok(());
    }
    Err(OpError::Length { op, what, shape: value.shape.clone(), len: value.data.len() })
}

/// Error for two named inputs whose shapes do not fit.
pub(super) fn mismatch(
    op: &'static str,
    (left_name, left): (&'static str, &Value),
    (right_name, right): (&'static str, &Value),
) -> OpError {
    let (left, right) = (left.shape.clone(), right.shape.clone());
    OpError::Shapes { op, left_name, left, right_name, right }
}

/// Adds the op's name to a kernel's error.
pub(super) fn refused(op: &'static str, input: &Value) -> impl FnOnce(KernelError) -> OpError {
    let input = input.shape.clone();
    move |source| OpError::Kernel { op, input, source }
}

/// Converts a kernel's error inside a backward pass, where only dfdx's error can be returned.
///
/// The forward pass has checked the same shapes, so this occurs only if a buffer was changed from outside.
pub(super) fn in_backward(_: KernelError) -> CpuError {
    CpuError::WrongNumElements
}

/// The data itself if it has no other holder, to be overwritten in place, else a copy.
pub(super) fn owned(data: Arc<Vec<f32>>) -> Vec<f32> {
    Arc::try_unwrap(data).unwrap_or_else(|shared| shared.to_vec())
}

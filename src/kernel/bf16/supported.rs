use crate::{ConvShape, KernelError};

/// Checks that the bf16 kernels support this convolution: all but grouped ones.
///
/// # Errors
/// [`KernelError::Bf16Groups`] for a grouped convolution.
pub fn supports(shape: &ConvShape) -> Result<(), KernelError> {
    let groups = shape.geometry.groups;
    if groups == 1 { Ok(()) } else { Err(KernelError::Bf16Groups { groups }) }
}

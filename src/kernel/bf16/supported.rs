use crate::{ConvShape, KernelError};

/// Whether the bf16 kernels carry out this convolution: all but those in groups.
///
/// # Errors
/// Groups.
pub fn supports(shape: &ConvShape) -> Result<(), KernelError> {
    let groups = shape.geometry.groups;
    if groups == 1 { Ok(()) } else { Err(KernelError::Bf16Groups { groups }) }
}

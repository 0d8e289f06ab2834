//! Errors of the kernels.

use thiserror::Error;

use super::window::AxisPadding;

/// A call that the kernels do not support.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum KernelError {
    /// A size, stride, dilation or group count of zero.
    #[error("{what} is 0; it must be at least 1")]
    Zero {
        /// Name of the quantity.
        what: &'static str,
    },
    /// A window that reaches further than the padded input.
    #[error(
        "a window of {reach} (kernel {kernel}, dilation {dilation}) exceeds the input size {size} with \
         padding {padding}; use a larger input or a smaller window"
    )]
    WindowTooLarge {
        /// Elements per window.
        kernel: usize,
        /// Distance between neighbouring elements of a window.
        dilation: usize,
        /// `dilation * (kernel - 1) + 1`.
        reach: usize,
        /// Input size on that axis.
        size: usize,
        /// Zeros before and after the input.
        padding: AxisPadding,
    },
    /// Pooling windows that lie in the padding alone.
    #[error("the pooling's padding of {padding} covers a whole window (kernel {kernel})")]
    PaddingTooLarge {
        /// Zeros before and after the input.
        padding: AxisPadding,
        /// Elements per window.
        kernel: usize,
    },
    /// Pooling windows with too many elements for an index of one byte.
    #[error("a pooling window has {taps} elements; at most 254 are supported")]
    WindowTooMany {
        /// Elements per window.
        taps: usize,
    },
    /// Groups that do not divide the channels.
    #[error("{channels} {what} channels cannot be divided into {groups} groups")]
    Groups {
        /// `input` or `output`.
        what: &'static str,
        /// Number of channels.
        channels: usize,
        /// Number of groups.
        groups: usize,
    },
    /// A buffer of the wrong length.
    #[error("{what} holds {found} elements where its shape asks for {expected}")]
    Length {
        /// Name of the buffer.
        what: &'static str,
        /// Its length.
        found: usize,
        /// The length that its shape requires.
        expected: usize,
    },
    /// A packed filter of another convolution.
    #[error(
        "the packed filter is that of a convolution with another kernel, stride, padding, dilation or group count"
    )]
    OtherGeometry,
    /// Convolutions that are not a depthwise one with pointwise ones before or after it.
    #[error("the convolutions are not a depthwise one with pointwise ones before or after it")]
    NotSeparable,
    /// A bf16 kernel on a machine without bf16 instructions.
    #[error("bf16 needs AMX under Linux, or AVX-512-BF16 on an AMD processor; use precision = \"f32\"")]
    NoBf16,
    /// A grouped convolution, which the bf16 kernels do not support.
    #[error("bf16 kernels do not support convolutions with {groups} groups; use precision = \"f32\"")]
    Bf16Groups {
        /// Number of groups.
        groups: usize,
    },
    /// Filters packed for another convolution.
    #[error("filters packed as {packed:?} (out, in, height, width) do not fit a convolution of {asked:?}")]
    FilterShape {
        /// Output channels, input channels, kernel height and width of the filters.
        packed: [usize; 4],
        /// The same of the convolution.
        asked: [usize; 4],
    },
}

/// Returns an error for a buffer whose length is not the one its shape requires.
pub(super) fn check_length(what: &'static str, found: usize, expected: usize) -> Result<(), KernelError> {
    if found == expected { Ok(()) } else { Err(KernelError::Length { what, found, expected }) }
}

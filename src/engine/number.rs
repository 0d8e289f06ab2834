//! What an engine asks of the numbers it computes in.

use crate::kernel::{
    ConvShape, Epilogue, Filter, KernelError, Residual, conv2d_forward,
};

/// A type of activations and its convolution.
pub(super) trait Number: Copy + Default + PartialOrd + Into<f32> + Send + Sync + std::fmt::Debug {
    /// Packed weights.
    type Filter: Send + Sync + std::fmt::Debug;

    /// Packs OIHW weights for `shape`.
    fn pack(shape: &ConvShape, weight: &[f32]) -> Result<Self::Filter, KernelError>;
    /// Bytes of packed weights.
    fn filter_bytes(filter: &Self::Filter) -> usize;
    /// `relu(conv(input) + bias + residual)`.
    fn conv(
        shape: &ConvShape,
        input: &[Self],
        filter: &Self::Filter,
        epilogue: (&[f32], Residual<'_, Self>, bool),
        output: &mut [Self],
    ) -> Result<(), KernelError>;
    /// The nearest number of this type.
    fn round(value: f32) -> Self;
    /// The same for many.
    fn round_all(from: &[f32], to: &mut [Self]);
    /// Every number as `f32`.
    fn widen_all(from: &[Self]) -> Vec<f32>;
}

impl Number for f32 {
    type Filter = Filter;

    fn pack(shape: &ConvShape, weight: &[f32]) -> Result<Filter, KernelError> {
        Filter::pack(shape, weight)
    }
    fn filter_bytes(filter: &Filter) -> usize {
        filter.bytes()
    }
    fn conv(
        shape: &ConvShape,
        input: &[f32],
        filter: &Filter,
        (bias, residual, relu): (&[f32], Residual<'_, f32>, bool),
        output: &mut [f32],
    ) -> Result<(), KernelError> {
        conv2d_forward(shape, input, filter, &Epilogue { bias: Some(bias), residual, relu }, output)
    }
    fn round(value: f32) -> Self {
        value
    }
    fn round_all(from: &[f32], to: &mut [f32]) {
        to.copy_from_slice(from);
    }
    fn widen_all(from: &[f32]) -> Vec<f32> {
        from.to_vec()
    }
}

//! Number types that an engine computes in.

use std::borrow::Cow;
use std::sync::{Mutex, PoisonError};

use half::bf16;

use camlab_kernel::bf16::{
    Bf16Epilogue, Bf16Filter, conv2d_forward_bf16, conv2d_grouped_bf16, max_pool2d_bf16, round_to_bf16,
    supports, widen_bf16,
};
use camlab_kernel::{
    Affine, ConcatPart, ConvShape, Elementwise, Epilogue, Filter, KernelError, OutputRange, PoolShape,
    Residual, SeparablePart, concat_channels, conv2d_forward, max_pool2d_values, normalise_in_place,
    separable_forward, separable_pays, spread_chunks,
};

/// Pixels of a batch norm that are widened at once.
const AFFINE_ROWS: usize = 256;
/// Numbers per task that copies them.
const COPIED: usize = 1 << 16;

/// One of several convolutions that are computed together.
pub(super) struct JoinedConv<'a, T: Number> {
    pub shape: ConvShape,
    pub filter: &'a T::Filter,
    pub bias: &'a [f32],
    pub range: OutputRange,
    /// Function of its limited results.
    pub finish: Option<&'a dyn Elementwise>,
}

/// A number type of activations, with its kernels.
pub(super) trait Number:
    Copy + Default + PartialOrd + Into<f32> + Send + Sync + std::fmt::Debug
{
    /// Packed weights.
    type Filter: Send + Sync + std::fmt::Debug;
    /// True if an element-wise function is computed faster with the convolution before it.
    const APPLIES_FUNCTIONS: bool;

    /// Packs OIHW weights for `shape`.
    fn pack(shape: &ConvShape, weight: &[f32]) -> Result<Self::Filter, KernelError>;
    /// Size of packed weights in bytes.
    fn filter_bytes(filter: &Self::Filter) -> usize;
    /// `finish(limit(conv(input) + bias + residual))`.
    fn conv(
        conv: &JoinedConv<'_, Self>,
        input: &[Self],
        residual: Residual<'_, Self>,
        output: &mut [Self],
    ) -> Result<(), KernelError>;
    /// True if these convolutions, each of the result of the one before, are computed faster together.
    fn joins(convs: &[(ConvShape, &Self::Filter)]) -> bool;
    /// Convolutions that [`Number::joins`] said are computed together; the residual is added to the last one's result.
    fn joined(
        parts: &[JoinedConv<'_, Self>],
        input: &[Self],
        residual: Residual<'_, Self>,
        output: &mut [Self],
    ) -> Result<(), KernelError>;
    /// `limit(scale * x + shift)` of every channel, in place.
    fn affine(data: &mut [Self], affine: Affine<'_>, range: OutputRange) -> Result<(), KernelError>;
    /// Joins images along the channels, `(values, channels)` each, and applies `limit(scale * x + shift)`.
    fn concat(
        parts: &[(&[Self], usize)],
        affine: Option<Affine<'_>>,
        range: OutputRange,
        output: &mut [Self],
    ) -> Result<(), KernelError>;
    /// Rounds to the nearest number of this type.
    fn round(value: f32) -> Self;
    /// Rounds many numbers.
    fn round_all(from: &[f32], to: &mut [Self]) -> Result<(), KernelError>;
    /// Converts every number to `f32`.
    fn widen_all(from: &[Self]) -> Result<Vec<f32>, KernelError>;
    /// The numbers as `f32`, borrowed where they are.
    fn wide(from: &[Self]) -> Result<Cow<'_, [f32]>, KernelError>;
    /// Fills `to` with what `work` writes as `f32`, rounded.
    fn fill(to: &mut [Self], work: impl FnOnce(&mut [f32])) -> Result<(), KernelError>;
    /// Max pooling.
    fn max_pool(shape: &PoolShape, input: &[Self], output: &mut [Self]) -> Result<(), KernelError>;
}

impl Number for f32 {
    type Filter = Filter;
    const APPLIES_FUNCTIONS: bool = true;

    fn pack(shape: &ConvShape, weight: &[f32]) -> Result<Filter, KernelError> {
        Filter::pack(shape, weight)
    }
    fn filter_bytes(filter: &Filter) -> usize {
        filter.bytes()
    }
    fn conv(
        conv: &JoinedConv<'_, f32>,
        input: &[f32],
        residual: Residual<'_, f32>,
        output: &mut [f32],
    ) -> Result<(), KernelError> {
        let &JoinedConv { shape, filter, bias, range, finish } = conv;
        conv2d_forward(&shape, input, filter, &Epilogue { bias: Some(bias), residual, range, finish }, output)
    }
    fn joins(convs: &[(ConvShape, &Filter)]) -> bool {
        separable_pays(convs)
    }
    fn joined(
        parts: &[JoinedConv<'_, f32>],
        input: &[f32],
        residual: Residual<'_, f32>,
        output: &mut [f32],
    ) -> Result<(), KernelError> {
        let parts: Vec<_> = parts
            .iter()
            .map(|&JoinedConv { shape, filter, bias, range, finish }| SeparablePart {
                shape,
                filter,
                bias,
                range,
                finish,
            })
            .collect();
        separable_forward(&parts, input, residual, output)
    }
    fn affine(data: &mut [f32], affine: Affine<'_>, range: OutputRange) -> Result<(), KernelError> {
        normalise_in_place(data, affine, None, range)
    }
    fn concat(
        parts: &[(&[f32], usize)],
        affine: Option<Affine<'_>>,
        range: OutputRange,
        output: &mut [f32],
    ) -> Result<(), KernelError> {
        let parts: Vec<_> =
            parts.iter().map(|(values, channels)| ConcatPart { values, channels: *channels }).collect();
        concat_channels(&parts, affine, range, output)
    }
    fn round(value: f32) -> Self {
        value
    }
    fn round_all(from: &[f32], to: &mut [f32]) -> Result<(), KernelError> {
        spread_chunks(to, COPIED, &|at, to: &mut [f32]| {
            to.copy_from_slice(&from[at * COPIED..][..to.len()]);
        });
        Ok(())
    }
    fn widen_all(from: &[f32]) -> Result<Vec<f32>, KernelError> {
        Ok(from.to_vec())
    }
    fn wide(from: &[f32]) -> Result<Cow<'_, [f32]>, KernelError> {
        Ok(Cow::Borrowed(from))
    }
    fn fill(to: &mut [f32], work: impl FnOnce(&mut [f32])) -> Result<(), KernelError> {
        work(to);
        Ok(())
    }
    fn max_pool(shape: &PoolShape, input: &[f32], output: &mut [f32]) -> Result<(), KernelError> {
        max_pool2d_values(shape, input, output)
    }
}

/// Packed weights of an engine in bf16.
#[derive(Debug)]
pub(super) enum Bf16Weights {
    /// For the bf16 kernels.
    Dense(Bf16Filter),
    /// Convolutions of groups of channels are computed in `f32`.
    Grouped(Filter),
}

impl Number for bf16 {
    type Filter = Bf16Weights;
    // Results are rounded before the function, as they are where it is computed apart.
    const APPLIES_FUNCTIONS: bool = false;

    fn pack(shape: &ConvShape, weight: &[f32]) -> Result<Bf16Weights, KernelError> {
        if supports(shape).is_ok() {
            return Bf16Filter::pack(shape, weight).map(Bf16Weights::Dense);
        }
        let mut rounded = vec![Self::default(); weight.len()];
        round_to_bf16(weight, &mut rounded)?;
        Filter::pack(shape, &Self::widen_all(&rounded)?).map(Bf16Weights::Grouped)
    }
    fn filter_bytes(filter: &Bf16Weights) -> usize {
        match filter {
            Bf16Weights::Dense(filter) => filter.bytes(),
            Bf16Weights::Grouped(filter) => filter.bytes(),
        }
    }
    fn conv(
        conv: &JoinedConv<'_, bf16>,
        input: &[bf16],
        residual: Residual<'_, bf16>,
        output: &mut [bf16],
    ) -> Result<(), KernelError> {
        let epilogue = Bf16Epilogue { bias: Some(conv.bias), residual, range: conv.range };
        match conv.filter {
            Bf16Weights::Dense(filter) => conv2d_forward_bf16(&conv.shape, filter, input, &epilogue, output),
            Bf16Weights::Grouped(filter) => {
                conv2d_grouped_bf16(&conv.shape, filter, input, &epilogue, output)
            }
        }
    }
    fn joins(_: &[(ConvShape, &Bf16Weights)]) -> bool {
        false
    }
    fn joined(
        _: &[JoinedConv<'_, bf16>],
        _: &[bf16],
        _: Residual<'_, bf16>,
        _: &mut [bf16],
    ) -> Result<(), KernelError> {
        Err(KernelError::NotSeparable)
    }
    fn affine(data: &mut [bf16], affine: Affine<'_>, range: OutputRange) -> Result<(), KernelError> {
        let channels = affine.scale.len();
        let failed = Mutex::new(None);
        spread_chunks(data, channels * AFFINE_ROWS, &|_, part: &mut [bf16]| {
            let done = Self::widen_all(part).and_then(|mut wide| {
                normalise_in_place(&mut wide, affine, None, range)?;
                round_to_bf16(&wide, part)
            });
            if let Err(error) = done {
                *failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            }
        });
        failed.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
    }
    fn concat(
        parts: &[(&[bf16], usize)],
        affine: Option<Affine<'_>>,
        range: OutputRange,
        output: &mut [bf16],
    ) -> Result<(), KernelError> {
        let channels: usize = parts.iter().map(|(_, channels)| channels).sum();
        spread_chunks(output, AFFINE_ROWS * channels, &|chunk, output: &mut [bf16]| {
            for (pixel, mut output) in output.chunks_exact_mut(channels).enumerate() {
                for (values, channels) in parts {
                    let (part, rest) = output.split_at_mut(*channels);
                    part.copy_from_slice(&values[(chunk * AFFINE_ROWS + pixel) * channels..][..*channels]);
                    output = rest;
                }
            }
        });
        match affine {
            Some(affine) => Self::affine(output, affine, range),
            None => Ok(()),
        }
    }
    fn round(value: f32) -> Self {
        bf16::from_f32(value)
    }
    fn round_all(from: &[f32], to: &mut [bf16]) -> Result<(), KernelError> {
        round_to_bf16(from, to)
    }
    fn widen_all(from: &[bf16]) -> Result<Vec<f32>, KernelError> {
        let mut to = vec![0.0; from.len()];
        widen_bf16(from, &mut to)?;
        Ok(to)
    }
    fn wide(from: &[bf16]) -> Result<Cow<'_, [f32]>, KernelError> {
        Self::widen_all(from).map(Cow::Owned)
    }
    fn fill(to: &mut [bf16], work: impl FnOnce(&mut [f32])) -> Result<(), KernelError> {
        let mut wide = vec![0.0; to.len()];
        work(&mut wide);
        round_to_bf16(&wide, to)
    }
    fn max_pool(shape: &PoolShape, input: &[bf16], output: &mut [bf16]) -> Result<(), KernelError> {
        max_pool2d_bf16(shape, input, output)
    }
}

//! Constant tensors.

use half::{bf16, f16};

use super::proto::TensorProto;

/// A constant: a weight, or a number that the graph computes from shapes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tensor {
    /// Lengths of the dimensions; none for a single number.
    pub shape: Vec<usize>,
    /// Elements in row-major order.
    pub data: TensorData,
}

/// Elements of a constant.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum TensorData {
    /// Numbers of any floating-point format.
    Floats(Vec<f32>),
    /// Numbers of any integer format, and truth values as 0 and 1.
    Ints(Vec<i64>),
}

/// Most elements of one tensor, so that a size that a file claims is not allocated before it was found.
const MOST: usize = 1 << 32;

impl Tensor {
    /// A row of integers.
    pub fn ints(values: Vec<i64>) -> Self {
        Self { shape: vec![values.len()], data: TensorData::Ints(values) }
    }

    /// True for floating-point numbers.
    pub fn is_float(&self) -> bool {
        matches!(self.data, TensorData::Floats(_))
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        match &self.data {
            TensorData::Floats(values) => values.len(),
            TensorData::Ints(values) => values.len(),
        }
    }

    /// The elements as floating-point numbers.
    pub fn floats(&self) -> Vec<f32> {
        match &self.data {
            TensorData::Floats(values) => values.clone(),
            TensorData::Ints(values) => values.iter().map(|value| *value as f32).collect(),
        }
    }

    /// The elements as integers; `None` for floating-point numbers that are none.
    pub fn whole(&self) -> Option<Vec<i64>> {
        match &self.data {
            TensorData::Ints(values) => Some(values.clone()),
            TensorData::Floats(values) => {
                values.iter().map(|value| (value.fract() == 0.0).then_some(*value as i64)).collect()
            }
        }
    }

    /// The single number.
    pub fn number(&self) -> Option<f32> {
        (self.len() == 1).then(|| self.floats()[0])
    }

    /// Elements chosen by their indices, in another shape.
    pub fn select(&self, shape: Vec<usize>, from: impl Iterator<Item = usize>) -> Self {
        let data = match &self.data {
            TensorData::Floats(values) => TensorData::Floats(from.map(|at| values[at]).collect()),
            TensorData::Ints(values) => TensorData::Ints(from.map(|at| values[at]).collect()),
        };
        Self { shape, data }
    }

    /// The tensor with its dimensions in another order.
    pub fn transposed(&self, order: &[usize]) -> Self {
        let strides = strides(&self.shape);
        let shape: Vec<usize> = order.iter().map(|axis| self.shape[*axis]).collect();
        let own = super::tensor::strides(&shape);
        let from = (0..self.len()).map(|at| {
            let places = shape.iter().zip(&own).map(|(length, stride)| at / stride % length);
            places.zip(order).map(|(place, axis)| place * strides[*axis]).sum()
        });
        self.select(shape.clone(), from)
    }

    /// Reads a tensor whose bytes are in the message.
    ///
    /// # Errors
    /// A verb phrase for a format that is not supported, or a length that does not fit.
    pub fn of(proto: &TensorProto, raw: &[u8]) -> Result<Self, String> {
        let lengths: Option<Vec<usize>> =
            proto.dims.iter().map(|length| usize::try_from(*length).ok()).collect();
        let shape = lengths.ok_or("has a negative length")?;
        let count = shape.iter().try_fold(1usize, |product, length| product.checked_mul(*length));
        let count = count.filter(|count| *count <= MOST).ok_or("is too large")?;
        let data = elements(proto, raw, count)?;
        let tensor = Self { shape, data };
        match tensor.len() == count {
            true => Ok(tensor),
            false => Err(format!("has {} elements for the shape {:?}", tensor.len(), tensor.shape)),
        }
    }
}

/// Distances in elements between neighbours along every dimension.
pub(crate) fn strides(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1; shape.len()];
    for axis in (1..shape.len()).rev() {
        strides[axis - 1] = strides[axis] * shape[axis].max(1);
    }
    strides
}

fn elements(proto: &TensorProto, raw: &[u8], count: usize) -> Result<TensorData, String> {
    fn each<const N: usize, T>(raw: &[u8], read: impl Fn([u8; N]) -> T) -> Vec<T> {
        raw.as_chunks::<N>().0.iter().map(|bytes| read(*bytes)).collect()
    }
    // In a message without raw bytes, small formats are stored as `int32`.
    let small = || proto.int32_data.iter().map(|value| i64::from(*value)).collect::<Vec<i64>>();
    let is_raw = !raw.is_empty() || count == 0;
    Ok(match proto.data_type {
        1 if is_raw => TensorData::Floats(each(raw, f32::from_le_bytes)),
        1 => TensorData::Floats(proto.float_data.clone()),
        10 if is_raw => TensorData::Floats(each(raw, |bytes| f16::from_le_bytes(bytes).to_f32())),
        10 => TensorData::Floats(small().iter().map(|bits| f16::from_bits(*bits as u16).to_f32()).collect()),
        16 if is_raw => TensorData::Floats(each(raw, |bytes| bf16::from_le_bytes(bytes).to_f32())),
        16 => TensorData::Floats(small().iter().map(|bits| bf16::from_bits(*bits as u16).to_f32()).collect()),
        11 if is_raw => TensorData::Floats(each(raw, |bytes| f64::from_le_bytes(bytes) as f32)),
        11 => TensorData::Floats(proto.double_data.iter().map(|value| *value as f32).collect()),
        7 if is_raw => TensorData::Ints(each(raw, i64::from_le_bytes)),
        7 => TensorData::Ints(proto.int64_data.clone()),
        6 if is_raw => TensorData::Ints(each(raw, |bytes| i64::from(i32::from_le_bytes(bytes)))),
        2 | 9 if is_raw => TensorData::Ints(raw.iter().map(|byte| i64::from(*byte)).collect()),
        3 if is_raw => TensorData::Ints(raw.iter().map(|byte| i64::from(*byte as i8)).collect()),
        4 if is_raw => TensorData::Ints(each(raw, |bytes| i64::from(u16::from_le_bytes(bytes)))),
        5 if is_raw => TensorData::Ints(each(raw, |bytes| i64::from(i16::from_le_bytes(bytes)))),
        2..=6 | 9 => TensorData::Ints(small()),
        12 if is_raw => TensorData::Ints(each(raw, |bytes| i64::from(u32::from_le_bytes(bytes)))),
        13 if is_raw => TensorData::Ints(each(raw, |bytes| u64::from_le_bytes(bytes) as i64)),
        other => return Err(format!("has the element format {other}, which is not supported")),
    })
}

use super::axis::place;
use crate::attributes::Attributes;
use crate::tensor::{Tensor, strides};

/// The bounds of a `Slice` as given.
pub(crate) struct SliceBounds {
    starts: Vec<i64>,
    ends: Vec<i64>,
    axes: Option<Vec<i64>>,
    steps: Option<Vec<i64>>,
}

/// Chosen indices along an axis: the first, their number, and the step, which may be negative.
pub(crate) type AxisSlice = (usize, usize, i64);

impl SliceBounds {
    pub fn of(inputs: &[Option<&Tensor>], attributes: Attributes<'_>) -> Result<Self, String> {
        let input = |at: usize| -> Result<Option<Vec<i64>>, String> {
            match inputs.get(at).copied().flatten() {
                None => Ok(None),
                Some(tensor) => {
                    tensor.whole().map(Some).ok_or_else(|| "needs whole numbers as bounds".into())
                }
            }
        };
        // Before version 10 the bounds were attributes.
        let given = |name: &str, at: usize| match attributes.ints(name) {
            Some(values) => Ok(Some(values.to_vec())),
            None => input(at),
        };
        let needed = "lacks its bounds, which must be constants";
        Ok(Self {
            starts: given("starts", 1)?.ok_or(needed)?,
            ends: given("ends", 2)?.ok_or(needed)?,
            axes: given("axes", 3)?,
            steps: input(4)?,
        })
    }

    /// The chosen indices along every axis of a shape.
    pub fn on(&self, shape: &[usize]) -> Result<Vec<AxisSlice>, String> {
        let mut slices: Vec<AxisSlice> = shape.iter().map(|length| (0, *length, 1)).collect();
        let axes = self.axes.clone().unwrap_or_else(|| (0..self.starts.len() as i64).collect());
        if axes.len() != self.starts.len() || axes.len() != self.ends.len() {
            return Err("has bounds of different lengths".into());
        }
        for (at, axis) in axes.iter().enumerate() {
            let axis = place(*axis, shape.len())?;
            let length = shape[axis] as i64;
            let step = self.steps.as_ref().and_then(|steps| steps.get(at)).copied().unwrap_or(1);
            let bound = |value: i64| if value < 0 { value.saturating_add(length) } else { value };
            slices[axis] = match step {
                0 => return Err("has a step of 0".into()),
                1.. => {
                    let start = bound(self.starts[at]).clamp(0, length);
                    let end = bound(self.ends[at]).clamp(start, length);
                    (start as usize, ((end - start) as usize).div_ceil(step as usize), step)
                }
                _ => {
                    let start = bound(self.starts[at]).clamp(-1, length - 1);
                    let end = bound(self.ends[at]).clamp(-1, start);
                    (
                        start.max(0) as usize,
                        ((start - end) as usize).div_ceil(step.unsigned_abs() as usize),
                        step,
                    )
                }
            };
        }
        Ok(slices)
    }
}

/// The chosen elements.
pub(super) fn sliced(tensor: &Tensor, slices: &[AxisSlice]) -> Tensor {
    let shape: Vec<usize> = slices.iter().map(|(_, count, _)| *count).collect();
    let (own, from) = (strides(&shape), strides(&tensor.shape));
    let count: usize = shape.iter().product();
    let indices = (0..count).map(|at| {
        let axis = |axis: usize| {
            let (start, count, step) = slices[axis];
            let place = start as i64 + (at / own[axis] % count.max(1)) as i64 * step;
            place as usize * from[axis]
        };
        (0..shape.len()).map(axis).sum()
    });
    tensor.select(shape.clone(), indices.collect::<Vec<usize>>().into_iter())
}

//! Fully connected layers on unpacked weights: for a single pass, packing them for the convolution's tiles
//! would take longer than the product.

use super::error::check_length;
use super::lanes::Lanes;
use super::raw::Shared;
use super::team::spread;
use super::vectorised::{Vectorised, vectorised};
use super::{Isa, KernelError};

/// Rows that share one read of the weights.
const ROWS: usize = 4;
/// Outputs per task.
const OUTPUTS: usize = 32;
/// Features per task in the backward pass: a few vectors.
const FEATURES: usize = 128;
/// Lanes of the widest vector.
const WIDEST: usize = 16;

/// Rows, features and outputs of a fully connected layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinearShape {
    /// Number of input rows.
    pub rows: usize,
    /// Features per row.
    pub features: usize,
    /// Outputs per row.
    pub outputs: usize,
}

impl LinearShape {
    fn check(
        &self,
        weight: usize,
        [input_name, output_name]: [&'static str; 2],
        [input, output]: [usize; 2],
    ) -> Result<(), KernelError> {
        check_length("the weight", weight, self.outputs * self.features)?;
        check_length(input_name, input, self.rows * self.features)?;
        check_length(output_name, output, self.rows * self.outputs)
    }
}

/// `x W^T + b`: `[rows, features]` by `[outputs, features]` to `[rows, outputs]`.
///
/// A row's results do not depend on the number of rows.
///
/// # Errors
/// A buffer whose length does not match `shape`.
pub fn linear_forward(
    shape: LinearShape,
    weight: &[f32],
    bias: Option<&[f32]>,
    input: &[f32],
    output: &mut [f32],
) -> Result<(), KernelError> {
    shape.check(weight.len(), ["the input", "the output"], [input.len(), output.len()])?;
    bias.map_or(Ok(()), |bias| check_length("the bias", bias.len(), shape.outputs))?;
    let (isa, output) = (Isa::current(), Shared::new(output));
    spread(shape.outputs.div_ceil(OUTPUTS), &|task| {
        let outputs = task * OUTPUTS..((task + 1) * OUTPUTS).min(shape.outputs);
        for index in outputs {
            let weight = &weight[index * shape.features..][..shape.features];
            let bias = bias.map_or(0.0, |bias| bias[index]);
            for first in (0..shape.rows).step_by(ROWS) {
                let rows = ROWS.min(shape.rows - first);
                let input = &input[first * shape.features..][..rows * shape.features];
                let dots = vectorised(isa, Dots { weight, input });
                for (row, dot) in dots[..rows].iter().enumerate() {
                    // SAFETY: only this task writes these outputs of every row.
                    unsafe { *output.at((first + row) * shape.outputs + index) = dot + bias };
                }
            }
        }
    });
    Ok(())
}

/// `dy W`: the gradient with respect to the input; it overwrites `input_gradient`, or is added to it with
/// `accumulate`.
///
/// Outputs whose gradient is 0 in all of a few rows are skipped: for the gradient of a class score, all but
/// one are.
///
/// # Errors
/// A buffer whose length does not match `shape`.
pub fn linear_backward_data(
    shape: LinearShape,
    weight: &[f32],
    output_gradient: &[f32],
    accumulate: bool,
    input_gradient: &mut [f32],
) -> Result<(), KernelError> {
    let lengths = [input_gradient.len(), output_gradient.len()];
    shape.check(weight.len(), ["the input gradient", "the output gradient"], lengths)?;
    let (isa, out) = (Isa::current(), Shared::new(input_gradient));
    spread(shape.features.div_ceil(FEATURES), &|task| {
        let start = task * FEATURES;
        let columns = FEATURES.min(shape.features - start);
        for first in (0..shape.rows).step_by(ROWS) {
            let rows = ROWS.min(shape.rows - first);
            let mut sums = [[0.0; FEATURES]; ROWS];
            for output in 0..shape.outputs {
                let mut factors = [0.0; ROWS];
                for (row, factor) in factors[..rows].iter_mut().enumerate() {
                    *factor = output_gradient[(first + row) * shape.outputs + output];
                }
                if factors.iter().any(|factor| *factor != 0.0) {
                    let weight = &weight[output * shape.features + start..][..columns];
                    vectorised(isa, Add { weight, factors, rows, sums: &mut sums });
                }
            }
            for (row, sums) in sums[..rows].iter().enumerate() {
                let at = (first + row) * shape.features + start;
                // SAFETY: only this task writes these features of every row.
                let to = unsafe { std::slice::from_raw_parts_mut(out.at(at), columns) };
                match accumulate {
                    true => to.iter_mut().zip(sums).for_each(|(to, sum)| *to += sum),
                    false => to.copy_from_slice(&sums[..columns]),
                }
            }
        }
    });
    Ok(())
}

/// The products of one output's weights with up to [`ROWS`] rows.
struct Dots<'a> {
    weight: &'a [f32],
    /// Rows as long as the weights.
    input: &'a [f32],
}

impl Vectorised for Dots<'_> {
    type Output = [f32; ROWS];

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) -> [f32; ROWS] {
        let Self { weight, input } = self;
        let len = weight.len();
        let rows = input.len() / len.max(1);
        // A missing row is replaced by the first.
        let row = |index: usize| input.as_ptr().wrapping_add(if index < rows { index * len } else { 0 });
        let from: [*const f32; ROWS] = std::array::from_fn(row);
        // SAFETY: every row is as long as the weights; two vectors of sums each hide the additions' latency.
        unsafe {
            let mut sums = [[L::splat(0.0); 2]; ROWS];
            let whole = len - len % (2 * L::WIDTH);
            for at in (0..whole).step_by(2 * L::WIDTH) {
                let halves = [0, L::WIDTH].map(|half| at + half);
                let weights = halves.map(|at| L::load(weight.as_ptr().wrapping_add(at)));
                for (sums, from) in sums.iter_mut().zip(from) {
                    sums[0] = weights[0].mul_add(L::load(from.add(halves[0])), sums[0]);
                    sums[1] = weights[1].mul_add(L::load(from.add(halves[1])), sums[1]);
                }
            }
            for at in (whole..len).step_by(L::WIDTH) {
                let count = (len - at).min(L::WIDTH);
                let weight = L::load_first(weight.as_ptr().add(at), count);
                for (sums, from) in sums.iter_mut().zip(from) {
                    sums[0] = weight.mul_add(L::load_first(from.add(at), count), sums[0]);
                }
            }
            let mut dots = [0.0; ROWS];
            for (dot, sums) in dots.iter_mut().zip(sums) {
                let mut lanes = [0.0; WIDEST];
                sums[0].add(sums[1]).store(lanes.as_mut_ptr());
                *dot = lanes[..L::WIDTH].iter().sum();
            }
            dots
        }
    }
}

/// Adds one output's weights, times a factor for each row.
struct Add<'a> {
    weight: &'a [f32],
    factors: [f32; ROWS],
    rows: usize,
    sums: &'a mut [[f32; FEATURES]; ROWS],
}

impl Vectorised for Add<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        let Self { weight, factors, rows, sums } = self;
        assert!(weight.len() <= FEATURES && rows <= ROWS);
        for at in (0..weight.len()).step_by(L::WIDTH) {
            // SAFETY: inside the weights; the sums are a whole number of vectors long.
            unsafe {
                let weight = L::load_first(weight.as_ptr().add(at), (weight.len() - at).min(L::WIDTH));
                for (sums, factor) in sums[..rows].iter_mut().zip(factors) {
                    let to = sums.as_mut_ptr().add(at);
                    L::splat(factor).mul_add(weight, L::load(to)).store(to);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn products_are_those_of_f64(rows in 1..10usize, features in 1..300usize, outputs in 1..70usize, seed in 0..1000u64) {
            let value = |index: usize| ((index as u64 * 7919 + seed * 31) % 1009) as f32 / 504.5 - 1.0;
            let shape = LinearShape { rows, features, outputs };
            let weight: Vec<f32> = (0..outputs * features).map(value).collect();
            let bias: Vec<f32> = (0..outputs).map(|index| value(index + 3)).collect();
            let x: Vec<f32> = (0..rows * features).map(|index| value(index + 5)).collect();
            // A third of the gradients are 0.
            let dy = |index: usize| if index.is_multiple_of(3) { 0.0 } else { value(index + 7) };
            let dy: Vec<f32> = (0..rows * outputs).map(dy).collect();
            let (mut y, mut dx) = (vec![f32::NAN; rows * outputs], vec![0.5; rows * features]);
            linear_forward(shape, &weight, Some(&bias), &x, &mut y).unwrap();
            linear_backward_data(shape, &weight, &dy, true, &mut dx).unwrap();
            for row in 0..rows {
                for output in 0..outputs {
                    let terms = (0..features).map(|k| f64::from(x[row * features + k]) * f64::from(weight[output * features + k]));
                    let wanted = f64::from(bias[output]) + terms.sum::<f64>();
                    prop_assert!((f64::from(y[row * outputs + output]) - wanted).abs() < 1e-4);
                }
                for k in 0..features {
                    let terms = (0..outputs).map(|o| f64::from(dy[row * outputs + o]) * f64::from(weight[o * features + k]));
                    let wanted = 0.5 + terms.sum::<f64>();
                    prop_assert!((f64::from(dx[row * features + k]) - wanted).abs() < 1e-4);
                }
            }
            // A row alone has the same result.
            let mut alone = vec![0.0; outputs];
            linear_forward(LinearShape { rows: 1, ..shape }, &weight, Some(&bias), &x[..features], &mut alone).unwrap();
            prop_assert_eq!(&alone[..], &y[..outputs]);
        }
    }
}

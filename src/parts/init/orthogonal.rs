use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::fresh::{HeadRule, fill, normal};
use super::scheme::{positive, residual};
use super::{InitError, InitScheme, SchemeFault};
use camlab_nn::Network;
use camlab_nn::graph::Graph;

/// Options of `orthogonal`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct OrthogonalOptions {
    /// Norm of every row (or column, whichever are fewer); `sqrt(2)` suits ReLU.
    pub gain: f32,
    /// Initialise the last batch norm scale of every residual branch to 0 (Goyal et al. 2017).
    pub zero_residual_gamma: bool,
}

impl Default for OrthogonalOptions {
    fn default() -> Self {
        Self { gain: 1.0, zero_residual_gamma: false }
    }
}

impl InitScheme for OrthogonalOptions {
    fn check(&self, graph: &Graph) -> Result<(), SchemeFault> {
        positive("gain", self.gain)?;
        residual(self.zero_residual_gamma, graph)
    }

    fn apply(&self, network: &mut Network, seed: u64, _: Option<&Path>) -> Result<(), InitError> {
        if !(self.gain > 0.0 && self.gain.is_finite()) {
            return Err(InitError::Scale { option: "gain", value: self.gain });
        }
        fill(network, seed, HeadRule::Drawn, self.zero_residual_gamma, |shape, rng| {
            let rows = shape.first().copied().unwrap_or(1);
            let columns: usize = shape.iter().skip(1).product();
            // Orthonormalised Gaussian vectors are uniform (Haar) over orthonormal sets, both for rows and for
            // columns.
            let (count, length) = (rows.min(columns), rows.max(columns));
            let vectors = orthonormalise(&normal(count * length, 1.0, rng), length);
            let at = |row: usize, column: usize| match rows <= columns {
                true => vectors[row][column],
                false => vectors[column][row],
            };
            let elements = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
            elements.map(|(row, column)| self.gain * at(row, column) as f32).collect()
        })
    }
}

/// Modified Gram-Schmidt on consecutive vectors of `length` numbers. One pass in f64 is enough: the loss of
/// orthogonality is about condition number x 1e-16, and Gaussian matrices of these sizes have condition numbers in
/// the thousands.
fn orthonormalise(numbers: &[f32], length: usize) -> Vec<Vec<f64>> {
    let mut basis: Vec<Vec<f64>> = Vec::new();
    for vector in numbers.chunks_exact(length) {
        let mut vector: Vec<f64> = vector.iter().map(|x| f64::from(*x)).collect();
        for axis in &basis {
            let along = dot(axis, &vector);
            vector.iter_mut().zip(axis).for_each(|(v, a)| *v -= along * a);
        }
        let norm = dot(&vector, &vector).sqrt();
        vector.iter_mut().for_each(|v| *v /= norm);
        basis.push(vector);
    }
    basis
}

/// Dot product in eight fixed lanes: the compiler can vectorise it without changing the summation order.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0; 8];
    let (a, b) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f64 = a.remainder().iter().zip(b.remainder()).map(|(x, y)| x * y).sum();
    for (a, b) in a.zip(b) {
        lanes.iter_mut().zip(a.iter().zip(b)).for_each(|(lane, (x, y))| *lane += x * y);
    }
    lanes.iter().sum::<f64>() + rest
}

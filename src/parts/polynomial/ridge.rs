//! Ridge regression.

use rayon::prelude::*;

use crate::algebra::{dot, solve};

/// Linear model `y = weights . x + intercept`.
#[derive(Debug, Clone, PartialEq)]
pub struct Linear {
    /// Weights, one per input.
    pub weights: Vec<f64>,
    /// Constant term.
    pub intercept: f64,
}

/// One regression per output: `weights` and `intercept` that minimise
/// `sum |y - weights . x - intercept|^2 + lambda |weights|^2` (the intercept is not penalised). Solved in the smaller
/// of the two spaces: `(X'X + lambda)^-1 X'y`, or `X'(XX' + lambda)^-1 y` with fewer rows than inputs. `None` without
/// rows or without a finite solution.
pub fn fit(inputs: &[Vec<f64>], outputs: &[Vec<f64>], lambda: f64) -> Option<Vec<Linear>> {
    let (rows, dims) = (inputs.len(), inputs.first()?.len());
    let means = |all: &[Vec<f64>]| -> Vec<f64> {
        let mut sums = vec![0.0; all[0].len()];
        all.iter().for_each(|row| sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += value));
        sums.iter().map(|sum| sum / all.len() as f64).collect()
    };
    let (input_means, output_means) = (means(inputs), means(outputs.get(..rows)?));
    let centred: Vec<Vec<f64>> = inputs
        .iter()
        .map(|row| row.iter().zip(&input_means).map(|(value, mean)| value - mean).collect())
        .collect();
    let columns: Vec<Vec<f64>> = match rows < dims {
        true => centred.clone(),
        false => (0..dims).map(|at| centred.iter().map(|row| row[at]).collect()).collect(),
    };
    let size = columns.len();
    let mut matrix: Vec<f64> =
        columns.par_iter().flat_map_iter(|a| columns.iter().map(|b| dot(a, b))).collect();
    (0..size).for_each(|at| matrix[at * size + at] += lambda);
    let targets: Vec<Vec<f64>> = (0..output_means.len())
        .map(|output| outputs.iter().map(|row| row[output] - output_means[output]).collect())
        .collect();
    let mut right: Vec<f64> = match rows < dims {
        true => targets.concat(),
        false => targets.iter().flat_map(|target| columns.iter().map(|column| dot(column, target))).collect(),
    };
    if !solve(matrix, size, &mut right) {
        return None;
    }
    let linear = right.chunks_exact(size).zip(&output_means).map(|(solution, mean)| {
        let weights = match rows < dims {
            true => {
                let mut sums = vec![0.0; dims];
                for (row, factor) in centred.iter().zip(solution) {
                    sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += factor * value);
                }
                sums
            }
            false => solution.to_vec(),
        };
        let intercept = mean - dot(&weights, &input_means);
        Linear { weights, intercept }
    });
    let linear: Vec<Linear> = linear.collect();
    linear.iter().all(|one| one.weights.iter().all(|weight| weight.is_finite())).then_some(linear)
}

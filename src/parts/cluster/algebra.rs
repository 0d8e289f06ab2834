//! Symmetric matrices: leading eigenvectors, and linear equations.

use rand::RngExt as _;
use rayon::prelude::*;

use crate::cam::eigen::{dot, jacobi};
use camlab_base::random::stream;

/// Largest size at which all eigenvectors are computed by Jacobi rotations.
const SMALL: usize = 96;
/// Vectors iterated beside those wanted: convergence is governed by the first eigenvalue outside the subspace.
const BESIDE: usize = 12;
/// Maximum number of iterations.
const ITERATIONS: usize = 150;
/// Tolerated residual of an eigenvector, as a fraction of the largest eigenvalue.
const RESIDUAL: f64 = 1e-9;

/// The `count` largest eigenvalues of the symmetric `matrix` (`size` squared) with their eigenvectors of length 1, in
/// descending order: Jacobi rotations for a small matrix, else subspace iteration with Rayleigh-Ritz.
pub(super) fn leading(matrix: &[f64], size: usize, count: usize) -> Vec<(f64, Vec<f64>)> {
    let count = count.min(size);
    if size <= SMALL {
        let (values, vectors) = jacobi(matrix.to_vec(), size);
        let column = |which: usize| (0..size).map(|row| vectors[row * size + which]).collect();
        return ordered(&values).into_iter().take(count).map(|at| (values[at], column(at))).collect();
    }
    let width = (count + BESIDE).min(size);
    let mut rng = stream(0, "cluster/eigen");
    let mut basis: Vec<Vec<f64>> =
        (0..width).map(|_| (0..size).map(|_| rng.random::<f64>() - 0.5).collect()).collect();
    let mut found = Vec::new();
    for _ in 0..ITERATIONS {
        orthonormalise(&mut basis);
        let images: Vec<Vec<f64>> = basis.par_iter().map(|vector| times(matrix, vector)).collect();
        let products: Vec<f64> =
            images.par_iter().flat_map_iter(|image| basis.iter().map(|vector| dot(vector, image))).collect();
        let (values, rotation) = jacobi(products, width);
        let order = ordered(&values);
        let rotated = |from: &[Vec<f64>]| -> Vec<Vec<f64>> {
            order
                .par_iter()
                .map(|which| {
                    let mut sum = vec![0.0; size];
                    for (at, vector) in from.iter().enumerate() {
                        add(&mut sum, rotation[at * width + which], vector);
                    }
                    sum
                })
                .collect()
        };
        let (vectors, next) = (rotated(&basis), rotated(&images));
        let largest = values[order[0]].abs();
        let settled = order.iter().zip(vectors.iter().zip(&next)).take(count).all(|(at, (vector, image))| {
            let residual: f64 = image.iter().zip(vector).map(|(a, b)| (a - values[*at] * b).powi(2)).sum();
            residual.sqrt() <= RESIDUAL * largest
        });
        found = order.iter().map(|at| values[*at]).zip(vectors).take(count).collect();
        if settled {
            break;
        }
        basis = next;
    }
    found
}

/// Indices by descending value.
fn ordered(values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*b].total_cmp(&values[*a]).then(a.cmp(b)));
    order
}

fn times(matrix: &[f64], vector: &[f64]) -> Vec<f64> {
    matrix.chunks_exact(vector.len()).map(|row| dot(row, vector)).collect()
}

fn add(to: &mut [f64], factor: f64, values: &[f64]) {
    to.iter_mut().zip(values).for_each(|(to, value)| *to += factor * value);
}

/// Gram-Schmidt, run twice against rounding errors; a linearly dependent vector becomes 0.
fn orthonormalise(vectors: &mut [Vec<f64>]) {
    for at in 0..vectors.len() {
        let (before, rest) = vectors.split_at_mut(at);
        let vector = &mut rest[0];
        let length = dot(vector, vector).sqrt();
        for _ in 0..2 {
            for other in before.iter() {
                let along = dot(other, vector);
                add(vector, -along, other);
            }
        }
        let left = dot(vector, vector).sqrt();
        let scale = if left > 1e-12 * length { 1.0 / left } else { 0.0 };
        vector.iter_mut().for_each(|value| *value *= scale);
    }
}

/// Solves `matrix X = right` for a symmetric, positive definite `matrix` (`size` squared) by Cholesky decomposition;
/// `right` holds columns of `size` numbers and is overwritten by the solution. Returns `false` if the matrix is not
/// positive definite.
pub(crate) fn solve(mut matrix: Vec<f64>, size: usize, right: &mut [f64]) -> bool {
    for row in 0..size {
        for column in 0..=row {
            let (a, b) = (&matrix[row * size..][..column], &matrix[column * size..][..column]);
            let value = matrix[row * size + column] - dot(a, b);
            if row == column {
                if value.is_nan() || value <= 0.0 {
                    return false;
                }
                matrix[row * size + row] = value.sqrt();
            } else {
                matrix[row * size + column] = value / matrix[column * size + column];
            }
        }
    }
    for column in right.chunks_exact_mut(size) {
        for row in 0..size {
            let known = dot(&matrix[row * size..][..row], &column[..row]);
            column[row] = (column[row] - known) / matrix[row * size + row];
        }
        for row in (0..size).rev() {
            let known: f64 = (row + 1..size).map(|below| matrix[below * size + row] * column[below]).sum();
            column[row] = (column[row] - known) / matrix[row * size + row];
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The second-difference matrix has the eigenvalues `2 - 2 cos(j pi / (n + 1))`.
    #[test]
    fn leading_eigenvalues_of_second_differences() {
        for size in [40, 130] {
            let at = |row: usize, column: usize| match row.abs_diff(column) {
                0 => 2.0,
                1 => -1.0,
                _ => 0.0,
            };
            let matrix: Vec<f64> = (0..size * size).map(|index| at(index / size, index % size)).collect();
            for (index, (value, vector)) in leading(&matrix, size, 3).into_iter().enumerate() {
                let angle = (size - index) as f64 * std::f64::consts::PI / (size as f64 + 1.0);
                assert!((value - (2.0 - 2.0 * angle.cos())).abs() < 1e-5, "{size} {index} {value}");
                assert!((dot(&vector, &vector) - 1.0).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn equations_are_solved_and_impossible_ones_refused() {
        let mut right = vec![1.0, 2.0, 4.0, 2.0];
        assert!(solve(vec![4.0, 2.0, 2.0, 3.0], 2, &mut right));
        for (found, wanted) in right.iter().zip([-0.125, 0.75, 1.0, 0.0]) {
            assert!((found - wanted).abs() < 1e-12, "{right:?}");
        }
        assert!(!solve(vec![1.0, 2.0, 2.0, 1.0], 2, &mut [0.0, 0.0]));
    }
}

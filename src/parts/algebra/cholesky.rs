use super::vector::dot;

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

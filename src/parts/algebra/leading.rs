//! Leading eigenvectors of a symmetric matrix.

use rand::RngExt as _;
use rayon::prelude::*;

use super::jacobi::jacobi;
use super::vector::{add, combine, dot, normalise};
use camlab_base::random::stream;

/// Number of vectors per Krylov space for one eigenvector; three more for each further one.
const KRYLOV: usize = 24;
/// Maximum number of restarts. A few suffice unless eigenvalues next to the last wanted are almost equal; then any
/// vector in the span of their eigenvectors will do.
const RESTARTS: usize = 60;
/// Tolerated residual of an eigenvector, as a fraction of the largest eigenvalue.
const RESIDUAL: f64 = 1e-9;

/// The `count` largest eigenvalues of the symmetric `matrix` (`size` squared) with their eigenvectors, of length 1 and
/// arbitrary sign, in descending order: Rayleigh-Ritz in block Krylov spaces, each restarted from the best vectors of
/// the last (Golub and Van Loan 2013, section 10.3).
pub(crate) fn leading(matrix: &[f64], size: usize, count: usize) -> Vec<(f64, Vec<f64>)> {
    let count = count.min(size);
    let mut rng = stream(0, "cam/eigen");
    let mut found: Vec<(f64, Vec<f64>)> = (0..count)
        .map(|_| {
            let mut vector: Vec<f64> = (0..size).map(|_| rng.random::<f64>() - 0.5).collect();
            normalise(&mut vector);
            (0.0, vector)
        })
        .collect();
    for _ in 0..RESTARTS {
        let start: Vec<Vec<f64>> = found.iter().map(|(_, vector)| vector.clone()).collect();
        let (basis, images) = krylov(matrix, &start, (KRYLOV + 3 * count.saturating_sub(1)).min(size));
        let width = basis.len();
        let products: Vec<f64> =
            images.par_iter().flat_map_iter(|image| basis.iter().map(|vector| dot(vector, image))).collect();
        let (values, vectors) = jacobi(products, width);
        let best: Vec<(f64, Vec<f64>, f64)> = ordered(&values)
            .into_par_iter()
            .take(count)
            .map(|which| {
                let factors: Vec<f64> = (0..width).map(|at| vectors[at * width + which]).collect();
                let (value, image) = (values[which], combine(&images, &factors, size));
                let mut vector = combine(&basis, &factors, size);
                normalise(&mut vector);
                let residual: f64 = image.iter().zip(&vector).map(|(a, b)| (a - value * b).powi(2)).sum();
                (value, vector, residual.sqrt())
            })
            .collect();
        let largest = best.first().map_or(0.0, |(value, ..)| value.abs());
        let settled = best.iter().all(|(.., residual)| *residual <= RESIDUAL * largest);
        found = best.into_iter().map(|(value, vector, _)| (value, vector)).collect();
        if settled {
            break;
        }
    }
    found
}

/// Orthonormal basis of at most `width` vectors: `start`, `M start`, `M^2 start`, ..., and the product of `M` with each
/// of them.
fn krylov(matrix: &[f64], start: &[Vec<f64>], width: usize) -> (Vec<Vec<f64>>, Vec<Vec<f64>>) {
    let (mut basis, mut images): (Vec<Vec<f64>>, Vec<Vec<f64>>) = (Vec::new(), Vec::new());
    for at in 0.. {
        if basis.len() == width {
            break;
        }
        let candidate = start.get(at).or_else(|| images.get(at.checked_sub(start.len())?));
        let Some(mut next) = candidate.cloned() else { break };
        if !basis.is_empty() {
            // Orthogonalised twice, to remove rounding errors.
            let before = dot(&next, &next).sqrt();
            for _ in 0..2 {
                for vector in &basis {
                    let along = dot(vector, &next);
                    add(&mut next, -along, vector);
                }
            }
            if dot(&next, &next).sqrt() <= 1e-13 * before {
                continue;
            }
            normalise(&mut next);
        }
        images
            .push(matrix.par_chunks_exact(next.len()).with_min_len(64).map(|row| dot(row, &next)).collect());
        basis.push(next);
    }
    (basis, images)
}

/// Indices by descending value.
fn ordered(values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*b].total_cmp(&values[*a]).then(a.cmp(b)));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The second-difference matrix has the eigenvalues `2 - 2 cos(j pi / (n + 1))` and sines as eigenvectors.
    #[test]
    fn leading_eigenvectors_of_second_differences_are_sines() {
        for (size, count) in [(1, 1), (40, 3), (130, 3), (200, 1), (40, 40)] {
            let at = |row: usize, column: usize| match row.abs_diff(column) {
                0 => 2.0,
                1 => -1.0,
                _ => 0.0,
            };
            let matrix: Vec<f64> = (0..size * size).map(|index| at(index / size, index % size)).collect();
            let found = leading(&matrix, size, count);
            assert_eq!(found.len(), count);
            for (index, (value, vector)) in found.into_iter().enumerate() {
                let angle = (size - index) as f64 * std::f64::consts::PI / (size as f64 + 1.0);
                assert!((value - (2.0 - 2.0 * angle.cos())).abs() < 1e-9, "{size} {index} {value}");
                assert!((dot(&vector, &vector) - 1.0).abs() < 1e-9);
                let sine: Vec<f64> = (1..=size).map(|at| (at as f64 * angle).sin()).collect();
                let along = dot(&vector, &sine).abs() / dot(&sine, &sine).sqrt();
                assert!((along - 1.0).abs() < 1e-7, "{size} {index} {along}");
            }
        }
    }

    /// A matrix with two equal largest eigenvalues, a zero matrix, and one of rank 1.
    #[test]
    fn degenerate_matrices_have_eigenvectors() {
        let size = 30;
        let diagonal = |values: &dyn Fn(usize) -> f64| -> Vec<f64> {
            (0..size * size).map(|at| if at / size == at % size { values(at / size) } else { 0.0 }).collect()
        };
        let found = leading(&diagonal(&|at| if at < 2 { 5.0 } else { 1.0 }), size, 2);
        for (value, vector) in &found {
            assert!((value - 5.0).abs() < 1e-9 && vector[2..].iter().all(|part| part.abs() < 1e-6));
        }
        assert!(dot(&found[0].1, &found[1].1).abs() < 1e-9);
        assert!(leading(&diagonal(&|_| 0.0), size, 3).iter().all(|(value, _)| *value == 0.0));
        let found = leading(&vec![1.0; size * size], size, 2);
        assert!((found[0].0 - size as f64).abs() < 1e-9 && found[1].0.abs() < 1e-9, "{found:?}");
    }
}

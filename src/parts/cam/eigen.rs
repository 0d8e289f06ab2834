//! Leading eigenvector of a symmetric matrix, and the first principal component computed from it.

use rand::RngExt as _;

use super::Features;
use camlab_base::random::stream;

/// Number of vectors per Krylov space.
const KRYLOV: usize = 24;
/// Maximum number of restarts. A few suffice unless the two largest eigenvalues are almost equal; then any vector in
/// the span of their eigenvectors will do.
const RESTARTS: usize = 60;

/// Largest eigenvalue of the symmetric `matrix` (`size` squared) and its eigenvector, of length 1 and arbitrary sign,
/// from Krylov spaces of [`KRYLOV`] vectors, each restarted from the best vector of the last.
pub(super) fn leading(matrix: &[f64], size: usize) -> (f64, Vec<f64>) {
    let mut rng = stream(0, "cam/eigen");
    let mut best: Vec<f64> = (0..size).map(|_| rng.random::<f64>() - 0.5).collect();
    normalise(&mut best);
    let mut value = 0.0;
    for _ in 0..RESTARTS {
        let (basis, images) = krylov(matrix, &best);
        let count = basis.len();
        let products = images.iter().flat_map(|image| basis.iter().map(|vector| dot(vector, image)));
        let (values, vectors) = jacobi(products.collect(), count);
        let first = (0..count).max_by(|a, b| values[*a].total_cmp(&values[*b])).unwrap_or(0);
        value = values.get(first).copied().unwrap_or(0.0);
        let factors: Vec<f64> = (0..count).map(|at| vectors[at * count + first]).collect();
        let image = combine(&images, &factors, size);
        best = combine(&basis, &factors, size);
        normalise(&mut best);
        let residual: f64 = image.iter().zip(&best).map(|(a, b)| (a - value * b).powi(2)).sum();
        if residual.sqrt() <= 1e-9 * value.abs() {
            break;
        }
    }
    (value, best)
}

/// Orthonormal basis of `start, M start, M^2 start, ...`, and the product of `M` with each basis vector.
fn krylov(matrix: &[f64], start: &[f64]) -> (Vec<Vec<f64>>, Vec<Vec<f64>>) {
    let (mut basis, mut images) = (Vec::new(), Vec::new());
    let mut next = start.to_vec();
    while basis.len() < KRYLOV.min(start.len()) {
        let image: Vec<f64> = matrix.chunks_exact(start.len()).map(|row| dot(row, &next)).collect();
        basis.push(next);
        next = image.clone();
        images.push(image);
        // Orthogonalised twice, to remove rounding errors.
        let before = dot(&next, &next).sqrt();
        for _ in 0..2 {
            for vector in &basis {
                let along = dot(vector, &next);
                next.iter_mut().zip(vector).for_each(|(value, part)| *value -= along * part);
            }
        }
        if dot(&next, &next).sqrt() <= 1e-13 * before {
            break;
        }
        normalise(&mut next);
    }
    (basis, images)
}

/// Eigenvalues of a small symmetric matrix and its eigenvectors, one per column (Jacobi rotations).
pub(crate) fn jacobi(mut matrix: Vec<f64>, size: usize) -> (Vec<f64>, Vec<f64>) {
    let mut vectors = vec![0.0; size * size];
    (0..size).for_each(|at| vectors[at * size + at] = 1.0);
    for _ in 0..50 {
        let diagonal: f64 = (0..size).map(|at| matrix[at * size + at].powi(2)).sum();
        let all: f64 = matrix.iter().map(|value| value * value).sum();
        if all - diagonal <= 1e-28 * all {
            break;
        }
        for (p, q) in (0..size).flat_map(|p| (p + 1..size).map(move |q| (p, q))) {
            let off = matrix[p * size + q];
            if off == 0.0 {
                continue;
            }
            let theta = (matrix[q * size + q] - matrix[p * size + p]) / (2.0 * off);
            let tangent = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
            let cosine = 1.0 / (tangent * tangent + 1.0).sqrt();
            let sine = tangent * cosine;
            let rotate = |data: &mut [f64], a: usize, b: usize| {
                let (x, y) = (data[a], data[b]);
                (data[a], data[b]) = (cosine * x - sine * y, sine * x + cosine * y);
            };
            for at in 0..size {
                rotate(&mut matrix, at * size + p, at * size + q);
                rotate(&mut vectors, at * size + p, at * size + q);
            }
            (0..size).for_each(|at| rotate(&mut matrix, p * size + at, q * size + at));
        }
    }
    ((0..size).map(|at| matrix[at * size + at]).collect(), vectors)
}

/// `sum_k factors[k] vectors[k]`.
fn combine(vectors: &[Vec<f64>], factors: &[f64], size: usize) -> Vec<f64> {
    let mut sum = vec![0.0; size];
    for (vector, factor) in vectors.iter().zip(factors) {
        sum.iter_mut().zip(vector).for_each(|(sum, value)| *sum += factor * value);
    }
    sum
}

/// `sum_i a[i] b[i]`.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    const LANES: usize = 8;
    let mut sums = [0.0; LANES];
    let (a, b) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f64 = a.remainder().iter().zip(b.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in a.zip(b) {
        (0..LANES).for_each(|at| sums[at] += a[at] * b[at]);
    }
    sums.iter().sum::<f64>() + rest
}

fn normalise(vector: &mut [f64]) {
    let length = dot(vector, vector).sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|value| *value /= length);
    }
}

/// `values` (positions times `channels`) as `f64`, with each channel's mean subtracted if `centre`; NaN counts as 0.
pub(super) fn rows(values: impl Iterator<Item = f32>, channels: usize, centre: bool) -> Vec<f64> {
    let mut rows: Vec<f64> =
        values.map(|value| if value.is_nan() { 0.0 } else { f64::from(value) }).collect();
    if centre {
        let mut means = vec![0.0; channels];
        rows.chunks_exact(channels).for_each(|row| add(&mut means, 1.0, row));
        let positions = (rows.len() / channels) as f64;
        means.iter_mut().for_each(|mean| *mean /= positions);
        rows.chunks_exact_mut(channels).for_each(|row| add(row, -1.0, &means));
    }
    rows
}

fn add(to: &mut [f64], factor: f64, values: &[f64]) {
    to.iter_mut().zip(values).for_each(|(to, value)| *to += factor * value);
}

/// Projection of every position of `rows` on the first right singular vector, of arbitrary sign, from the eigenvector
/// of the smaller of the two Gram matrices, never larger than `channels` squared.
pub(super) fn first_component(rows: &[f64], channels: usize) -> Vec<f64> {
    let positions = rows.len() / channels;
    if positions <= channels {
        // `X X' = U S^2 U'`, and `X v = u s`.
        let (value, vector) = leading(&gram(rows, channels, dot), positions);
        return vector.into_iter().map(|at| at * value.max(0.0).sqrt()).collect();
    }
    let mut matrix = vec![0.0; channels * channels];
    for row in rows.chunks_exact(channels) {
        for (at, value) in row.iter().enumerate().filter(|(_, value)| **value != 0.0) {
            add(&mut matrix[at * channels..][..=at], *value, &row[..=at]);
        }
    }
    for (a, b) in (0..channels).flat_map(|a| (0..a).map(move |b| (a, b))) {
        matrix[b * channels + a] = matrix[a * channels + b];
    }
    let (_, vector) = leading(&matrix, channels);
    rows.chunks_exact(channels).map(|row| dot(row, &vector)).collect()
}

/// Symmetric matrix of `kernel(a, b)` over all pairs of rows.
pub(super) fn gram(rows: &[f64], channels: usize, kernel: impl Fn(&[f64], &[f64]) -> f64) -> Vec<f64> {
    let size = rows.len() / channels;
    let row = |at: usize| &rows[at * channels..][..channels];
    let mut matrix = vec![0.0; size * size];
    for (a, b) in (0..size).flat_map(|a| (0..=a).map(move |b| (a, b))) {
        let value = kernel(row(a), row(b));
        (matrix[a * size + b], matrix[b * size + a]) = (value, value);
    }
    matrix
}

/// Gradient times activation, element-wise.
pub(super) fn products(features: Features<'_>) -> impl Iterator<Item = f32> {
    features.activations.iter().zip(features.gradients).map(|(a, g)| a * g)
}

#[cfg(test)]
mod tests {
    use super::{first_component, leading};

    /// The second-difference matrix has the eigenvalues `2 - 2 cos(j pi / (n + 1))` and sines as eigenvectors.
    #[test]
    fn the_leading_eigenvector_of_second_differences_is_a_sine() {
        let size = 200;
        let at = |row: usize, column: usize| match row.abs_diff(column) {
            0 => 2.0,
            1 => -1.0,
            _ => 0.0,
        };
        let matrix: Vec<f64> = (0..size * size).map(|index| at(index / size, index % size)).collect();
        let (value, vector) = leading(&matrix, size);
        let angle = size as f64 * std::f64::consts::PI / (size as f64 + 1.0);
        assert!((value - (2.0 - 2.0 * angle.cos())).abs() < 1e-9);
        let sine: Vec<f64> = (1..=size).map(|at| (at as f64 * angle).sin()).collect();
        let scale = vector[0] / sine[0];
        assert!(vector.iter().zip(&sine).all(|(a, b)| (a - scale * b).abs() < 1e-5));
    }

    #[test]
    fn both_gram_matrices_give_one_component() {
        let (positions, channels) = (40, 7);
        let mut state = 1u64;
        let mut draw = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 40) as f64 / f64::from(1 << 24) - 0.3
        };
        let rows: Vec<f64> = (0..positions * channels).map(|_| draw()).collect();
        let tall = first_component(&rows, channels);
        // Padded with zero channels, so that there are more channels than positions.
        let wide: Vec<f64> = rows
            .chunks(channels)
            .flat_map(|row| (0..50).map(|k| row.get(k).copied().unwrap_or(0.0)))
            .collect();
        let wide = first_component(&wide, 50);
        let sign = (tall[0] * wide[0]).signum();
        assert!(tall.iter().zip(&wide).all(|(a, b)| (a - sign * b).abs() < 1e-7));
    }
}

//! First principal component of vectors per position.

use super::Features;
use crate::algebra::{add, dot, leading};

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

/// Projection of every position of `rows` on the first right singular vector, of arbitrary sign, from the eigenvector
/// of the smaller of the two Gram matrices, never larger than `channels` squared.
pub(super) fn first_component(rows: &[f64], channels: usize) -> Vec<f64> {
    let positions = rows.len() / channels;
    if positions <= channels {
        // `X X' = U S^2 U'`, and `X v = u s`.
        let (value, vector) = first(&gram(rows, channels, dot), positions);
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
    let (_, vector) = first(&matrix, channels);
    rows.chunks_exact(channels).map(|row| dot(row, &vector)).collect()
}

/// Largest eigenvalue of the symmetric `matrix` (`size` squared) and its eigenvector, of length 1 and arbitrary sign.
pub(super) fn first(matrix: &[f64], size: usize) -> (f64, Vec<f64>) {
    leading(matrix, size, 1).pop().unwrap_or((0.0, vec![0.0; size]))
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
    use super::first_component;

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

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

/// `to += factor * values`.
pub(crate) fn add(to: &mut [f64], factor: f64, values: &[f64]) {
    to.iter_mut().zip(values).for_each(|(to, value)| *to += factor * value);
}

/// `sum_k factors[k] vectors[k]`.
pub(super) fn combine(vectors: &[Vec<f64>], factors: &[f64], size: usize) -> Vec<f64> {
    let mut sum = vec![0.0; size];
    vectors.iter().zip(factors).for_each(|(vector, factor)| add(&mut sum, *factor, vector));
    sum
}

/// Scales a vector to length 1; the zero vector stays.
pub(super) fn normalise(vector: &mut [f64]) {
    let length = dot(vector, vector).sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|value| *value /= length);
    }
}

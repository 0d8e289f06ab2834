/// Eigenvalues of a small symmetric matrix and its eigenvectors, one per column (Jacobi rotations).
pub(super) fn jacobi(mut matrix: Vec<f64>, size: usize) -> (Vec<f64>, Vec<f64>) {
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

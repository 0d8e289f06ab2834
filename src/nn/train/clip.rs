use rayon::prelude::*;

/// Scales gradients so that their common L2 norm is at most `limit`, as PyTorch's `clip_grad_norm_`; 0 for no
/// limit.
pub(super) fn clip<G: AsMut<[f32]> + AsRef<[f32]> + Send + Sync>(gradients: &mut [G], limit: f64) {
    if limit <= 0.0 {
        return;
    }
    // Each tensor's sum runs in order, and so does the sum of the sums: it does not depend on the number of
    // threads.
    let square = |gradient: &G| -> f64 { gradient.as_ref().iter().map(|g| f64::from(*g).powi(2)).sum() };
    let squares: Vec<f64> = gradients.par_iter().map(square).collect();
    let norm = squares.iter().sum::<f64>().sqrt();
    // PyTorch's guard against a norm of 0.
    let factor = limit / (norm + 1e-6);
    if factor < 1.0 {
        let factor = factor as f32;
        gradients
            .par_iter_mut()
            .for_each(|gradient| gradient.as_mut().iter_mut().for_each(|value| *value *= factor));
    }
}

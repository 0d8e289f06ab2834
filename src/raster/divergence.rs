use super::{Map, Mask};

/// Mass added to each pixel of a map's distribution, relative to the uniform one; keeps the divergence finite where
/// the map is 0 on the object.
pub const DIVERGENCE_EPSILON: f64 = 1e-7;

/// Kullback-Leibler divergence of a map from its ground truth, `KL(truth || map)`, in nats (0 if they agree).
///
/// Over the `n` pixels that are not ignored: the ground truth is uniform over the object's pixels. The map is shifted
/// to a minimum of 0 if its minimum is negative, divided by its sum, and mixed with the uniform distribution: `q = (m
/// / sum + e / n) / (1 + e)` with `e` = [`DIVERGENCE_EPSILON`]. A map whose sum is 0 counts as uniform.
///
/// `None` if the sizes differ, the ground truth has no object, or a score is not finite.
pub fn kl_divergence(map: &Map, truth: &Mask) -> Option<f64> {
    if (map.height, map.width) != (truth.height, truth.width) {
        return None;
    }
    let pixels = || map.data.iter().zip(&truth.data).filter(|&(_, &label)| label != Mask::IGNORED);
    if pixels().any(|(score, _)| !score.is_finite()) {
        return None;
    }
    let count = pixels().count() as f64;
    let objects = pixels().filter(|&(_, &label)| label != 0).count();
    if objects == 0 {
        return None;
    }
    let shift = pixels().map(|(&score, _)| f64::from(score)).fold(0.0, f64::min);
    let mass = |score: f32| f64::from(score) - shift;
    let total: f64 = pixels().map(|(&score, _)| mass(score)).sum();
    let share = |score: f32| if total > 0.0 { mass(score) / total } else { 1.0 / count };

    let p = 1.0 / objects as f64;
    let log_q: f64 = pixels()
        .filter(|&(_, &label)| label != 0)
        .map(|(&score, _)| ((share(score) + DIVERGENCE_EPSILON / count) / (1.0 + DIVERGENCE_EPSILON)).ln())
        .sum();
    Some(p.ln() - p * log_q)
}

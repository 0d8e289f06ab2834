use super::{Map, Mask};

/// Area under the pixelwise ROC curve: the probability that an object pixel scores higher than a background pixel,
/// ties counting half (trapezoidal rule over all distinct scores). Ignored pixels are excluded.
///
/// `None` if the sizes differ, the ground truth has only object or only background, or a score is NaN.
pub fn roc_auc(map: &Map, truth: &Mask) -> Option<f64> {
    if (map.height, map.width) != (truth.height, truth.width) {
        return None;
    }
    let mut pixels = Vec::with_capacity(map.data.len());
    for (&score, &label) in map.data.iter().zip(&truth.data) {
        if score.is_nan() {
            return None;
        }
        if label != Mask::IGNORED {
            pixels.push(u64::from(rank_bits(score)) << 1 | u64::from(label != 0));
        }
    }
    pixels.sort_unstable();

    // Pairs are counted in halves, exactly, in integers.
    let (mut below, mut objects, mut half_pairs) = (0u64, 0u64, 0u128);
    for tied in pixels.chunk_by(|a, b| a >> 1 == b >> 1) {
        let here = tied.iter().filter(|&&pixel| pixel & 1 == 1).count() as u64;
        let background = tied.len() as u64 - here;
        half_pairs += u128::from(here) * u128::from(2 * below + background);
        below += background;
        objects += here;
    }
    let pairs = u128::from(objects) * u128::from(below);
    (pairs > 0).then(|| half_pairs as f64 / (2 * pairs) as f64)
}

/// Bits whose integer order is the order of the numbers; both zeros are equal.
fn rank_bits(score: f32) -> u32 {
    let bits = (score + 0.0).to_bits();
    if bits >> 31 == 1 { !bits } else { bits | 1 << 31 }
}

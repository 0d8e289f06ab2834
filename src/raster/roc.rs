use super::{Map, Mask};

/// The area under the pixels' ROC curve: the chance that an object pixel scores higher than a background
/// pixel, ties counting half (the trapezoidal rule over all distinct scores). Ignored pixels take no part.
///
/// `None` where the sizes differ, where truth holds one class only, or where a score is NaN: then there is no
/// such chance.
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

    // Counts of pairs in halves, exact in integers.
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

/// Bits that sort as the numbers do; both zeros are one number.
fn rank_bits(score: f32) -> u32 {
    let bits = (score + 0.0).to_bits();
    if bits >> 31 == 1 { !bits } else { bits | 1 << 31 }
}

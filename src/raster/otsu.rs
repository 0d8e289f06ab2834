use super::Map;

/// Threshold of Otsu's method (1979) on a map in `[0, 1]`, as a level of its 8-bit values `floor(255 v)`: the one that
/// maximises the variance between the values up to it and those above, the smallest if tied. Same as OpenCV's
/// `THRESH_OTSU` on 8-bit values. 0 for a constant map.
pub fn otsu_level(map: &Map) -> u8 {
    let mut counts = [0u64; 256];
    for value in &map.data {
        counts[usize::from((value * 255.0) as u8)] += 1;
    }
    let all = map.data.len() as f64;
    let sum: f64 = (0..256).map(|level| level as f64 * counts[level] as f64).sum();
    let (mut below, mut sum_below, mut best) = (0.0, 0.0, (0u8, 0.0));
    for level in 0..255u8 {
        below += counts[usize::from(level)] as f64;
        sum_below += f64::from(level) * counts[usize::from(level)] as f64;
        let above = all - below;
        if below > 0.0 && above > 0.0 {
            let gap = sum_below / below - (sum - sum_below) / above;
            let variance = below * above * gap * gap;
            if variance > best.1 {
                best = (level, variance);
            }
        }
    }
    best.0
}

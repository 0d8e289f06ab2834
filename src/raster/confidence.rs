//! Pixelwise class confidences from the class maps of one image.

/// Summed confidence of one class over the pixels of an image.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClassSum {
    /// Index of the class among the maps.
    pub candidate: usize,
    /// Sum of the class's confidence over the pixels where it is at least the threshold.
    pub above: f64,
    /// Sum of the class's confidence over the other pixels.
    pub below: f64,
    /// Number of pixels at or above the threshold.
    pub pixels: usize,
}

/// The maps of several classes, `[class][pixel]`, times one factor that makes their largest absolute value `largest`.
/// All classes share the factor, so that their maps stay comparable; maps that are 0 everywhere stay as they are.
pub fn scaled_together(maps: &[Vec<f32>], largest: f64) -> Vec<Vec<f64>> {
    let most = maps.iter().flatten().fold(0.0f64, |most, value| most.max(f64::from(value.abs())));
    let factor = if most > 0.0 { largest / most } else { 0.0 };
    maps.iter().map(|map| map.iter().map(|value| factor * f64::from(*value)).collect()).collect()
}

/// Softmax over the classes at every pixel: takes and returns `[class][pixel]`; results are in 0 to 1. All maps must
/// have the same number of pixels.
pub fn confidences(maps: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let pixels = maps.first().map_or(0, Vec::len);
    let mut found = vec![vec![0.0; pixels]; maps.len()];
    for pixel in 0..pixels {
        let highest = maps.iter().map(|map| map[pixel]).fold(f64::NEG_INFINITY, f64::max);
        let total: f64 = maps.iter().map(|map| (map[pixel] - highest).exp()).sum();
        for (confidence, map) in found.iter_mut().zip(maps) {
            confidence[pixel] = (map[pixel] - highest).exp() / total;
        }
    }
    found
}

/// Sums every class's confidence over its pixels at or above `threshold` and over the others. Sorted descending by
/// the sum above, ties by the sum below, then in the given order.
pub fn ranked(confidences: &[Vec<f64>], threshold: f64) -> Vec<ClassSum> {
    let sums = confidences.iter().enumerate().map(|(candidate, pixels)| {
        let mut sum = ClassSum { candidate, above: 0.0, below: 0.0, pixels: 0 };
        for confidence in pixels {
            if *confidence >= threshold {
                sum.above += confidence;
                sum.pixels += 1;
            } else {
                sum.below += confidence;
            }
        }
        sum
    });
    let mut sums: Vec<ClassSum> = sums.collect();
    sums.sort_by(|a, b| b.above.total_cmp(&a.above).then(b.below.total_cmp(&a.below)));
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_classes_are_scaled_by_one_factor() {
        let maps = [vec![1.0, -4.0], vec![0.5, 2.0]];
        assert_eq!(scaled_together(&maps, 10.0), [vec![2.5, -10.0], vec![1.25, 5.0]]);
        // A class whose map is a thousand times weaker keeps that proportion; nothing is stretched to its own range.
        assert_eq!(scaled_together(&[vec![1000.0], vec![1.0]], 10.0), [vec![10.0], vec![0.01]]);
        assert_eq!(scaled_together(&[vec![0.0], vec![0.0]], 10.0), [vec![0.0], vec![0.0]]);
    }

    /// Two classes, three pixels with differences of ln 3, 0 and -ln 9: confidences .75, .5, .1 of the first.
    #[test]
    fn by_hand() {
        let maps = [vec![3f64.ln(), 0.0, 0.0], vec![0.0, 0.0, 9f64.ln()]];
        let found = confidences(&maps);
        for (found, wanted) in found.iter().flatten().zip([0.75, 0.5, 0.1, 0.25, 0.5, 0.9]) {
            assert!((found - wanted).abs() < 1e-12);
        }
        let sums = ranked(&found, 0.5);
        assert_eq!((sums[0].candidate, sums[0].pixels, sums[1].pixels), (1, 2, 2));
        assert!((sums[0].above - 1.4).abs() < 1e-12 && (sums[0].below - 0.25).abs() < 1e-12);
        assert!((sums[1].above - 1.25).abs() < 1e-12 && (sums[1].below - 0.1).abs() < 1e-12);
        // No pixel reaches the threshold: the sums below decide.
        let sums = ranked(&found, 0.95);
        assert_eq!((sums[0].candidate, sums[0].above), (1, 0.0));
    }
}

use super::{Map, Mask};

/// True and false positive rate of a map at one threshold: pixels with a score of at least `threshold` are predicted
/// as object.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// Threshold, in the map's own scale.
    pub threshold: f32,
    /// Fraction of the object's pixels predicted as object, in `[0, 1]`; `None` without object pixels.
    pub true_positive: Option<f64>,
    /// Fraction of the background's pixels predicted as object, in `[0, 1]`; `None` without background pixels.
    pub false_positive: Option<f64>,
}

/// True and false positive rates of a min-max normalised map at each threshold. Ignored pixels are excluded; a NaN
/// score is never predicted as object. Rates are `None` if map and ground truth differ in size.
pub fn rates(map: &Map, truth: &Mask, thresholds: &[f32]) -> Vec<Rate> {
    let comparable = (map.height, map.width) == (truth.height, truth.width);
    let rate = |threshold: f32| {
        let (mut counts, mut called) = ([0u64; 2], [0u64; 2]);
        for (&score, &label) in map.data.iter().zip(&truth.data).filter(|_| comparable) {
            if label != Mask::IGNORED {
                let class = usize::from(label != 0);
                counts[class] += 1;
                called[class] += u64::from(score >= threshold);
            }
        }
        let part = |class: usize| (counts[class] > 0).then(|| called[class] as f64 / counts[class] as f64);
        Rate { threshold, true_positive: part(1), false_positive: part(0) }
    };
    thresholds.iter().map(|&threshold| rate(threshold)).collect()
}

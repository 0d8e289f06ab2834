//! Pixelwise precision and recall over many images, by histograms.

use super::{Map, Mask};

/// Bins of scores as in wsolevaluation's `MaskEvaluator`: `[0, w), [w, 2w), ...`, the last of them ending at 1, then
/// `[1, 2)` and `[2, 3]`, for an interval `w`. The edges below 1 are those of `numpy.arange(0, 1, w)` in `f64`.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoreBins {
    interval: f64,
    edges: Vec<f64>,
}

/// An interval between thresholds that gives no bins.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("interval {0} between thresholds; it must be between 0.000001 and 1")]
pub struct IntervalError(pub f64);

impl ScoreBins {
    /// Bins of width `interval`, which is between 0.000001 and 1; wsolevaluation's default is 0.01 on its command line
    /// and 0.001 in training.
    ///
    /// # Errors
    /// If the interval is not in that range.
    pub fn new(interval: f64) -> Result<Self, IntervalError> {
        if !(1e-6..=1.0).contains(&interval) {
            return Err(IntervalError(interval));
        }
        let below_one = (1.0 / interval).ceil() as u32;
        let edges = (0..below_one).map(|at| f64::from(at) * interval).chain([1.0, 2.0, 3.0]).collect();
        Ok(Self { interval, edges })
    }

    /// Number of bins.
    pub fn count(&self) -> usize {
        self.edges.len() - 1
    }

    /// Lower edge of each bin, ascending: the thresholds.
    pub fn thresholds(&self) -> &[f64] {
        &self.edges[..self.count()]
    }

    /// Bin of a score; `None` outside `[0, 3]` and for NaN. The last bin includes its upper edge, as in
    /// `numpy.histogram`.
    pub fn bin(&self, score: f32) -> Option<usize> {
        let score = f64::from(score);
        if !(0.0..=3.0).contains(&score) {
            return None;
        }
        // The quotient is rounded; the edges decide.
        let mut bin = ((score / self.interval) as usize).min(self.count() - 1);
        while self.edges[bin] > score {
            bin -= 1;
        }
        while bin + 1 < self.count() && self.edges[bin + 1] <= score {
            bin += 1;
        }
        Some(bin)
    }
}

/// Pixels of one image per bin of scores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaskHistogram {
    /// Number of object pixels in each bin, ascending scores.
    pub object: Vec<u32>,
    /// Number of background pixels in each bin, ascending scores.
    pub background: Vec<u32>,
}

impl MaskHistogram {
    /// Histograms of a map's scores on the object and on the background (`MaskEvaluator.accumulate` of wsolevaluation).
    /// Ignored pixels and scores outside `[0, 3]` are not counted; wsolevaluation expects scores in `[0, 1]`.
    ///
    /// `None` if the sizes differ or a score is NaN.
    pub fn of(map: &Map, truth: &Mask, bins: &ScoreBins) -> Option<Self> {
        if (map.height, map.width) != (truth.height, truth.width)
            || map.data.iter().any(|score| score.is_nan())
        {
            return None;
        }
        let mut counts = [vec![0u32; bins.count()], vec![0u32; bins.count()]];
        for (&score, &label) in map.data.iter().zip(&truth.data) {
            if label != Mask::IGNORED
                && let Some(bin) = bins.bin(score)
            {
                counts[usize::from(label != 0)][bin] += 1;
            }
        }
        let [background, object] = counts;
        Some(Self { object, background })
    }
}

/// Pixel average precision (PxAP, Choe et al. 2020; `MaskEvaluator.compute` of wsolevaluation, there in per cent) from
/// numbers of pixels per bin, ascending scores, summed over the images: the sum over thresholds `t`, from the highest
/// but one, of `precision(t) * (recall(t) - recall(next higher t))`. In `[0, 1]`.
///
/// The recall that the highest bin alone reaches adds nothing, as in the reference; with scores of at most 1 the two
/// highest bins of [`ScoreBins`] hold few pixels or none. `None` if the lengths differ or no object pixel is counted.
pub fn pixel_average_precision(object: &[f64], background: &[f64]) -> Option<f64> {
    let objects: f64 = object.iter().sum();
    if object.len() != background.len() || objects <= 0.0 {
        return None;
    }
    let (mut hits, mut alarms, mut area, mut last) = (0.0, 0.0, 0.0, None);
    for (here, there) in object.iter().zip(background).rev() {
        hits += here;
        alarms += there;
        let recall = hits / objects;
        if hits + alarms != 0.0 {
            area += hits / (hits + alarms) * last.map_or(0.0, |last| recall - last);
        }
        last = Some(recall);
    }
    Some(area)
}

/// Highest IoU of all images' pixels at one threshold (peak IoU, Zhang et al. 2020, "Rethinking the localization map"):
/// the bin whose lower edge is that threshold, and `TP / (TP + FP + FN)` there, in `[0, 1]`, of numbers of pixels per
/// bin as in [`pixel_average_precision`]. Of equal IoUs the lowest threshold counts.
///
/// `None` if the lengths differ or no object pixel is counted.
pub fn peak_iou(object: &[f64], background: &[f64]) -> Option<(usize, f64)> {
    let objects: f64 = object.iter().sum();
    if object.len() != background.len() || objects <= 0.0 {
        return None;
    }
    let (mut hits, mut alarms, mut best) = (0.0, 0.0, None);
    for (bin, (here, there)) in object.iter().zip(background).enumerate().rev() {
        hits += here;
        alarms += there;
        let iou = hits / (objects + alarms);
        if best.is_none_or(|(_, highest)| iou >= highest) {
            best = Some((bin, iou));
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_are_numpys() {
        let bins = ScoreBins::new(0.1).expect("an interval");
        assert_eq!(bins.count(), 12);
        assert_eq!(bins.thresholds()[3], 0.1 * 3.0);
        // f32 0.1 is above f64 0.1, f32 0.3 is above 0.3 but so is the edge 3 * 0.1 = 0.30000000000000004.
        for (score, wanted) in [
            (0.0, Some(0)),
            (0.1, Some(1)),
            (0.3, Some(3)),
            (0.7, Some(6)),
            (0.999_999_9, Some(9)),
            (1.0, Some(10)),
            (3.0, Some(11)),
            (-0.1, None),
            (3.1, None),
            (f32::NAN, None),
        ] {
            assert_eq!(bins.bin(score), wanted, "{score}");
        }
        for interval in [1.0, 0.3, 0.01, 0.001, 1.0 / 49.0, 1e-6] {
            let bins = ScoreBins::new(interval).expect("an interval");
            for at in 0..2000 {
                let score = at as f32 / 600.0;
                let above = bins.thresholds().partition_point(|edge| *edge <= f64::from(score));
                assert_eq!(bins.bin(score), (score <= 3.0).then(|| above - 1), "{interval} {score}");
            }
        }
        for interval in [0.0, -1.0, 1.1, f64::NAN, 1e-9] {
            assert!(ScoreBins::new(interval).is_err(), "{interval}");
        }
    }

    #[test]
    fn by_hand() {
        // From the top: hits 0, 1, 3, 4; alarms 0, 1, 1, 4.
        let (object, background) = ([1.0, 2.0, 1.0, 0.0], [3.0, 0.0, 1.0, 0.0]);
        let wanted = 0.5 * 0.25 + 0.75 * 0.5 + 0.5 * 0.25;
        assert_eq!(pixel_average_precision(&object, &background), Some(wanted));
        assert_eq!(peak_iou(&object, &background), Some((1, 3.0 / 5.0)));
        assert_eq!(pixel_average_precision(&[0.0; 4], &background), None);
        assert_eq!(peak_iou(&[0.0; 4], &background), None);
        assert_eq!(peak_iou(&object, &background[1..]), None);
    }
}

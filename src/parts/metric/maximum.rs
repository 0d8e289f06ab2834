use std::sync::Arc;

use super::hits::Hits;
use camlab_raster::boxes::LEVELS;
use camlab_statistics::CurveDraws;

/// Accuracies at every map threshold, for one IoU or several, and their resamples. The measure is the mean over the IoUs of
/// the maximum over the thresholds.
#[derive(Debug, Clone)]
pub struct AccuracyCurves(Vec<Arc<Hits>>);

impl AccuracyCurves {
    /// Of one curve per IoU.
    pub(super) fn new(parts: impl IntoIterator<Item = Arc<Hits>>) -> Self {
        Self(parts.into_iter().collect())
    }

    /// The curves of `images` images, without resamples; `None` without an image with boxes.
    pub(super) fn draws(&self, images: usize) -> Option<CurveDraws> {
        let has_boxes = !self.0.is_empty() && self.0.iter().all(|hits| hits.count() > 0);
        has_boxes.then(|| {
            let mut observed = vec![0.0; self.0.len() * LEVELS];
            self.fill(&vec![1; images], &mut observed);
            CurveDraws::new(self.0.len(), observed)
        })
    }

    /// Writes the curves when image `i` counts `weights[i]` times.
    pub(super) fn fill(&self, weights: &[u32], row: &mut [f64]) {
        for (hits, row) in self.0.iter().zip(row.chunks_exact_mut(LEVELS)) {
            hits.accuracies_into(weights, row);
        }
    }
}

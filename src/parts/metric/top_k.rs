use std::sync::Arc;

use super::curve::Contours;
use super::hits::Hits;
use super::mean::Means;
use super::{Estimator, ImageColumns};

/// For each image 1 if its true class is among the first `k`, else 0; `None` if unknown.
pub(super) fn top_column(rows: &ImageColumns, k: u32) -> impl Iterator<Item = Option<f64>> {
    (0..rows.len()).map(move |row| rows.in_top(row, k).map(|among| f64::from(u8::from(among))))
}

/// Box correct and class in the top k, at the threshold that is best for localisation alone.
pub(super) struct TopLoc {
    hits: Arc<Hits>,
    /// For each image with boxes, `true` if its class is in the top k; images with `None` (unknown) are not counted.
    in_top: Vec<Option<bool>>,
}

impl TopLoc {
    pub(super) fn new(rows: &ImageColumns, iou: f64, k: u32) -> Self {
        let hits = rows.boxes.get(Contours::Largest, iou);
        let in_top = hits.by_image().map(|(image, _)| rows.in_top(image, k)).collect();
        Self { hits, in_top }
    }

    fn value(&self, weights: &[u32]) -> Option<f64> {
        let level = self.hits.best(weights)?.level;
        let (mut right, mut total) = (0u64, 0u64);
        for ((image, hits), in_top) in self.hits.by_image().zip(&self.in_top) {
            if let Some(in_top) = in_top {
                total += u64::from(weights[image]);
                right += u64::from(weights[image]) * u64::from(*in_top && hits.at(level));
            }
        }
        (total > 0).then(|| 100.0 * right as f64 / total as f64)
    }
}

impl TopLoc {
    /// The same at a threshold that other images chose.
    pub(super) fn at_level(self, level: u8) -> Option<Box<dyn Estimator>> {
        let found = self.joined(self.hits.at_level(usize::from(level)));
        Some(Box::new(Means::of(found.into_iter(), 1.0)))
    }

    /// Localised images whose class is in the top k.
    fn joined(&self, mut found: Vec<Option<f64>>) -> Vec<Option<f64>> {
        for ((image, _), in_top) in self.hits.by_image().zip(&self.in_top) {
            found[image] = found[image].zip(*in_top).map(|(hit, in_top)| if in_top { hit } else { 0.0 });
        }
        found
    }
}

impl Estimator for TopLoc {
    fn values(&self, weights: &[u32]) -> Vec<Option<f64>> {
        vec![self.value(weights)]
    }

    fn counts(&self) -> Vec<usize> {
        vec![self.in_top.iter().flatten().count()]
    }

    fn images(&self) -> Vec<Vec<Option<f64>>> {
        vec![self.joined(self.hits.at_best())]
    }
}

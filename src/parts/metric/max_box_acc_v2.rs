use std::sync::Arc;

use super::curve::Contours;
use super::hits::{BestLevel, Hits};
use super::mean::Means;
use super::{AccuracyCurves, ChosenLevels, Estimator, ImageColumns, Measure, Metric, options};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// MaxBoxAccV2: percentage of images with any contour's box correct, at the best threshold per IoU; mean over the
/// IoUs (Choe et al., 2020; wsolevaluation's `multi_contour_eval=True`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct MaxBoxAccV2 {
    /// Minimum IoUs of a correct box; each also gives a measure of its own.
    #[serde(deserialize_with = "options::ious")]
    #[schemars(schema_with = "options::ious_schema")]
    pub ious: Vec<f64>,
}

impl Default for MaxBoxAccV2 {
    fn default() -> Self {
        Self { ious: vec![0.3, 0.5, 0.7] }
    }
}

impl Metric for MaxBoxAccV2 {
    fn measures(&self) -> Vec<Measure> {
        let name = "max-box-acc-v2";
        let parts = self.ious.iter().map(|&iou| format!("{name}@{}", options::percent(iou)));
        let names = std::iter::once(name.to_owned()).chain(parts);
        names.map(Measure::at_oracle).collect()
    }

    fn ious(&self) -> Option<&[f64]> {
        Some(&self.ious)
    }

    fn boxes(&self) -> Vec<(Contours, f64)> {
        self.ious.iter().map(|iou| (Contours::Any, *iou)).collect()
    }

    fn estimator(&self, rows: &ImageColumns) -> Box<dyn Estimator> {
        Box::new(MeanOfBest(self.ious.iter().map(|&iou| rows.boxes.get(Contours::Any, iou)).collect()))
    }

    fn at_levels(&self, rows: &ImageColumns, levels: &ChosenLevels) -> Option<Box<dyn Estimator>> {
        let part = |iou: &f64| {
            let level = levels.get(Contours::Any, *iou)?;
            Some(rows.boxes.get(Contours::Any, *iou).at_level(usize::from(level)))
        };
        let parts: Vec<Vec<Option<f64>>> = self.ious.iter().map(part).collect::<Option<_>>()?;
        let columns = std::iter::once(mean_of(&parts)).chain(parts.iter().cloned());
        Some(Box::new(Means::of_all(columns.map(Vec::into_iter), 1.0)))
    }
}

/// Values: the mean over the IoUs, then the accuracy at each IoU.
struct MeanOfBest(Vec<Arc<Hits>>);

impl Estimator for MeanOfBest {
    fn values(&self, weights: &[u32]) -> Vec<Option<f64>> {
        let parts: Vec<Option<f64>> =
            self.0.iter().map(|hits| hits.best(weights).map(BestLevel::accuracy)).collect();
        let sum: Option<f64> = parts.iter().copied().sum::<Option<f64>>().filter(|_| !parts.is_empty());
        let mean = sum.map(|sum| sum / parts.len() as f64);
        std::iter::once(mean).chain(parts).collect()
    }

    fn counts(&self) -> Vec<usize> {
        let parts: Vec<usize> = self.0.iter().map(|hits| hits.count()).collect();
        std::iter::once(parts.iter().copied().min().unwrap_or(0)).chain(parts).collect()
    }

    fn maxima(&self) -> Vec<AccuracyCurves> {
        let parts = self.0.iter().map(|hits| AccuracyCurves::new([Arc::clone(hits)]));
        std::iter::once(AccuracyCurves::new(self.0.iter().cloned())).chain(parts).collect()
    }

    fn images(&self) -> Vec<Vec<Option<f64>>> {
        let parts: Vec<Vec<Option<f64>>> = self.0.iter().map(|hits| hits.at_best()).collect();
        std::iter::once(mean_of(&parts)).chain(parts.iter().cloned()).collect()
    }
}

/// The mean over the IoUs, image by image.
fn mean_of(parts: &[Vec<Option<f64>>]) -> Vec<Option<f64>> {
    let mean = |image: usize| {
        let sum: Option<f64> = parts.iter().map(|part| part[image]).sum();
        sum.map(|sum| sum / parts.len() as f64)
    };
    (0..parts.first().map_or(0, Vec::len)).map(mean).collect()
}

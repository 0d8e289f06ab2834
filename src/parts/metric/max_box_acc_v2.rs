use std::sync::Arc;

use super::curve::Contours;
use super::hits::{BestLevel, Hits};
use super::{Estimator, ImageColumns, Measure, Metric, TruthKind, options};
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
        names.map(|name| Measure::percent(name, TruthKind::Boxes)).collect()
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

    fn images(&self) -> Vec<Vec<Option<f64>>> {
        let parts: Vec<Vec<Option<f64>>> = self.0.iter().map(|hits| hits.at_best()).collect();
        let count = parts.first().map_or(0, Vec::len);
        let mean = |image| {
            let sum: Option<f64> = parts.iter().map(|part| part[image]).sum();
            sum.map(|sum| sum / parts.len() as f64)
        };
        std::iter::once((0..count).map(mean).collect()).chain(parts.iter().cloned()).collect()
    }
}

use std::sync::Arc;

use super::curve::Contours;
use super::hits::{BestLevel, Hits};
use super::mean::Means;
use super::{AccuracyCurves, ChosenLevels, Estimator, ImageColumns, Measure, Metric, options};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// MaxBoxAcc: percentage of images whose largest contour's box is correct, at the best threshold (Choe et al., CVPR
/// 2020; wsolevaluation's `BoxEvaluator` with `multi_contour_eval=False`). One threshold for all images, chosen on
/// the evaluated images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct MaxBoxAcc {
    /// Minimum IoU of a correct box.
    #[serde(deserialize_with = "options::iou")]
    #[schemars(schema_with = "options::iou_schema")]
    pub iou: f64,
}

impl Default for MaxBoxAcc {
    fn default() -> Self {
        Self { iou: 0.5 }
    }
}

impl Metric for MaxBoxAcc {
    fn measures(&self) -> Vec<Measure> {
        vec![Measure::at_oracle(name_at("max-box-acc", self.iou))]
    }

    fn boxes(&self) -> Vec<(Contours, f64)> {
        vec![(Contours::Largest, self.iou)]
    }

    fn estimator(&self, rows: &ImageColumns) -> Box<dyn Estimator> {
        Box::new(AtBest(rows.boxes.get(Contours::Largest, self.iou)))
    }

    fn at_levels(&self, rows: &ImageColumns, levels: &ChosenLevels) -> Option<Box<dyn Estimator>> {
        at_level(rows, self.iou, levels)
    }
}

/// Name of a metric, with the IoU appended if it is not 0.5.
pub(super) fn name_at(name: &str, iou: f64) -> String {
    if iou == 0.5 { name.to_owned() } else { format!("{name}@iou={iou}") }
}

/// Accuracy of the largest contour's box at a threshold that other images chose.
pub(super) fn at_level(rows: &ImageColumns, iou: f64, levels: &ChosenLevels) -> Option<Box<dyn Estimator>> {
    let level = levels.get(Contours::Largest, iou)?;
    let hits = rows.boxes.get(Contours::Largest, iou).at_level(usize::from(level));
    Some(Box::new(Means::of(hits.into_iter(), 1.0)))
}

/// Accuracy at the threshold that is best for the weighted images.
pub(super) struct AtBest(pub(super) Arc<Hits>);

impl Estimator for AtBest {
    fn values(&self, weights: &[u32]) -> Vec<Option<f64>> {
        vec![self.0.best(weights).map(BestLevel::accuracy)]
    }

    fn counts(&self) -> Vec<usize> {
        vec![self.0.count()]
    }

    fn maxima(&self) -> Vec<AccuracyCurves> {
        vec![AccuracyCurves::new([Arc::clone(&self.0)])]
    }

    fn images(&self) -> Vec<Vec<Option<f64>>> {
        vec![self.0.at_best()]
    }
}

use std::sync::Arc;

use super::curve::Contours;
use super::hits::{BestLevel, Hits};
use super::{Estimator, ImageColumns, Measure, Metric, TruthKind, options};
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
        vec![Measure::percent(name_at("max-box-acc", self.iou), TruthKind::Boxes)]
    }

    fn boxes(&self) -> Vec<(Contours, f64)> {
        vec![(Contours::Largest, self.iou)]
    }

    fn estimator(&self, rows: &ImageColumns) -> Box<dyn Estimator> {
        Box::new(AtBest(rows.boxes.get(Contours::Largest, self.iou)))
    }
}

/// Name of a metric, with the IoU appended if it is not 0.5.
pub(super) fn name_at(name: &str, iou: f64) -> String {
    if iou == 0.5 { name.to_owned() } else { format!("{name}@iou={iou}") }
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

    fn images(&self) -> Vec<Vec<Option<f64>>> {
        vec![self.0.at_best()]
    }
}

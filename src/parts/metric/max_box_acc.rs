use super::curve::Contours;
use super::hits::Hits;
use super::{Estimator, ImageColumns, Measure, Metric, TruthKind, options};
use serde::{Deserialize, Serialize};

/// MaxBoxAcc: the part of images whose largest contour's box is right, at the threshold where it is highest
/// (Choe et al., CVPR 2020; wsolevaluation's `BoxEvaluator` with `multi_contour_eval=False`). The threshold is
/// chosen on the images evaluated, one for all of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct MaxBoxAcc {
    /// The IoU from which on a box is right.
    #[serde(deserialize_with = "options::iou")]
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

    fn estimator(&self, rows: &ImageColumns) -> Box<dyn Estimator> {
        Box::new(AtBest(Contours::Largest.hits(rows, self.iou)))
    }
}

/// A metric's name, with the IoU where it is not the usual one.
pub(super) fn name_at(name: &str, iou: f64) -> String {
    if iou == 0.5 { name.to_owned() } else { format!("{name}@iou={iou}") }
}

/// Accuracy at the threshold that is best for the images as weighted.
pub(super) struct AtBest(pub(super) Hits);

impl Estimator for AtBest {
    fn values(&self, weights: &[u32]) -> Vec<Option<f64>> {
        vec![self.0.tally(weights).best()]
    }

    fn counts(&self) -> Vec<usize> {
        vec![self.0.images().len()]
    }

    fn images(&self) -> Vec<Vec<Option<f64>>> {
        vec![self.0.at_best()]
    }
}

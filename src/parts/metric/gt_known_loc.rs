use super::curve::Contours;
use super::max_box_acc::{AtBest, at_level, name_at};
use super::{ChosenLevels, Estimator, ImageColumns, Measure, Metric, options};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// GT-known Loc: percentage of images whose largest contour's box is correct, at the threshold that maximises it.
/// Equals MaxBoxAcc, under the name used in tables beside Top-1 Loc and Top-5 Loc.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct GtKnownLoc {
    /// Minimum IoU of a correct box.
    #[serde(deserialize_with = "options::iou")]
    #[schemars(schema_with = "options::iou_schema")]
    pub iou: f64,
}

impl Default for GtKnownLoc {
    fn default() -> Self {
        Self { iou: 0.5 }
    }
}

impl Metric for GtKnownLoc {
    fn measures(&self) -> Vec<Measure> {
        vec![Measure::at_oracle(name_at("gt-known-loc", self.iou))]
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

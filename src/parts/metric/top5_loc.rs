use super::curve::Contours;
use super::max_box_acc::name_at;
use super::top_k::TopLoc;
use super::{ChosenLevels, Estimator, ImageColumns, Measure, Metric, options};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Top-5 Loc: percentage of images whose largest contour's box is correct and whose true class is among the first
/// five. The threshold is that of GT-known Loc: it maximises localisation alone, over all images with boxes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Top5Loc {
    /// Minimum IoU of a correct box.
    #[serde(deserialize_with = "options::iou")]
    #[schemars(schema_with = "options::iou_schema")]
    pub iou: f64,
}

impl Default for Top5Loc {
    fn default() -> Self {
        Self { iou: 0.5 }
    }
}

impl Metric for Top5Loc {
    fn needs_prediction(&self) -> bool {
        true
    }

    fn measures(&self) -> Vec<Measure> {
        vec![Measure::at_oracle(name_at("top5-loc", self.iou))]
    }

    fn boxes(&self) -> Vec<(Contours, f64)> {
        vec![(Contours::Largest, self.iou)]
    }

    fn estimator(&self, rows: &ImageColumns) -> Box<dyn Estimator> {
        Box::new(TopLoc::new(rows, self.iou, 5))
    }

    fn at_levels(&self, rows: &ImageColumns, levels: &ChosenLevels) -> Option<Box<dyn Estimator>> {
        TopLoc::new(rows, self.iou, 5).at_level(levels.get(Contours::Largest, self.iou)?)
    }
}

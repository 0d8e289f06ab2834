use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::mean::Means;
use super::{
    Estimator, ImageColumns, Measure, Measured, MeasuredColumn, MeasuredImage, Measurement, Metric,
    TruthKind, options,
};
use camlab_raster::mask_iou;

/// Mask IoU: intersection over union of the thresholded map with the object, mean over images.
///
/// `|{M >= t} and object| / |{M >= t} or object|` at fixed thresholds `t` of the scaled map. In percent, higher is
/// better. Truth: masks, else filled boxes; ignored pixels count for neither. Not defined without ground truth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct MaskIou {
    /// Thresholds in `[0, 1]`; one measure each.
    #[serde(deserialize_with = "options::thresholds")]
    #[schemars(schema_with = "options::thresholds_schema")]
    pub thresholds: Vec<f32>,
}

impl Default for MaskIou {
    fn default() -> Self {
        Self { thresholds: vec![0.5] }
    }
}

fn column(threshold: f32) -> String {
    format!("mask_iou@{threshold}")
}

impl Metric for MaskIou {
    fn measures(&self) -> Vec<Measure> {
        let measure = |threshold: &f32| Measure::percent(format!("mask-iou@{threshold}"), TruthKind::Masks);
        self.thresholds.iter().map(measure).collect()
    }

    fn measurement(&self) -> Option<&dyn Measurement> {
        Some(self)
    }

    fn estimator(&self, rows: &ImageColumns) -> Box<dyn Estimator> {
        let columns = self
            .thresholds
            .iter()
            .map(|threshold| rows.quantity(&column(*threshold)).collect::<Vec<_>>().into_iter());
        Box::new(Means::of_all(columns, 100.0))
    }
}

impl Measurement for MaskIou {
    fn columns(&self) -> Vec<MeasuredColumn> {
        self.thresholds.iter().map(|threshold| MeasuredColumn::number(column(*threshold))).collect()
    }

    fn version(&self) -> u32 {
        1
    }

    fn measure(&self, image: &MeasuredImage<'_>) -> Vec<Measured> {
        mask_iou(image.map, image.mask, &self.thresholds).into_iter().map(Measured::Number).collect()
    }
}

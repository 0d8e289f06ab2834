use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::options;
use super::replacement::{Canvas, ReplacedImages, columns, mean_curves};
use crate::metric::mean::Means;
use crate::metric::{
    ChangedImages, Direction, Estimator, ImageColumns, Measure, MeasuredColumn, MeasuredImage, Measurement,
    Metric, ProbabilityCurve, TruthKind,
};
use camlab_raster::replaced_counts;

/// Deletion AUC: area under the target class's softmax probability while the pixels with the highest map values are
/// removed step by step, mean over images.
///
/// `AUC = integral of p(f) df`, `f` from 0 to 1 the share of the highest pixels that is removed, by the trapezoidal
/// rule over the steps (Petsiuk et al. 2018, RISE, section 4.2; RISE's reference and torchcam's
/// `DeletionInsertionMetric` replace them by zero). In percent, lower is better. Needs no ground truth, and at most
/// `steps + 1` passes per image. Not defined for a constant map.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Deletion {
    /// Number of steps; each changes the same number of pixels, the last one the rest.
    #[serde(deserialize_with = "options::count")]
    #[schemars(schema_with = "options::count_schema")]
    pub steps: usize,
    /// Content of the pixels that are not shown: `blur` or `mean`.
    pub canvas: Canvas,
}

impl Default for Deletion {
    fn default() -> Self {
        Self { steps: 50, canvas: Canvas::Mean }
    }
}

impl Deletion {
    fn name(&self) -> String {
        let standard = Self::default();
        let steps = (self.steps != standard.steps).then(|| self.steps.to_string());
        let canvas = (self.canvas != standard.canvas).then(|| self.canvas.name().to_owned());
        options::named("deletion", &[("steps", steps), ("canvas", canvas)])
    }
}

impl Metric for Deletion {
    fn measures(&self) -> Vec<Measure> {
        vec![Measure::number(self.name(), "%", Direction::LowerIsBetter, TruthKind::None)]
    }

    fn measurement(&self) -> Option<&dyn Measurement> {
        Some(self)
    }

    fn mean_curves(&self, rows: &ImageColumns) -> Vec<ProbabilityCurve> {
        mean_curves(&self.name(), rows)
    }

    fn estimator(&self, rows: &ImageColumns) -> Box<dyn Estimator> {
        Box::new(Means::of(rows.quantity(&columns(&self.name())[0].name), 100.0))
    }
}

impl Measurement for Deletion {
    fn columns(&self) -> Vec<MeasuredColumn> {
        columns(&self.name())
    }

    fn version(&self) -> u32 {
        1
    }

    fn passes(&self, pixels: usize) -> usize {
        replaced_counts(pixels, self.steps).len()
    }

    fn changed<'a>(&'a self, image: &MeasuredImage<'a>) -> Option<Box<dyn ChangedImages + 'a>> {
        Some(Box::new(ReplacedImages::of(image, self.steps, self.canvas, false)?))
    }
}

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::confidence::{self, MultipliedImage};
use crate::metric::mean::Means;
use crate::metric::{
    ChangedImages, Direction, Estimator, ImageColumns, Measure, MeasuredColumn, MeasuredImage, Measurement,
    Metric, MetricSpec, TruthKind,
};

/// Average drop: loss of the target class's probability when the preprocessed image is multiplied by its map, mean over
/// images.
///
/// `AD = mean of max(0, Y - O) / Y`, `Y` the probability for the whole image and `O` for the multiplied one
/// (Chattopadhay et al. 2018, Grad-CAM++, section 5.1; torchcam's `ClassificationMetric`); with `relative = false`
/// `mean of max(0, Y - O)` (pytorch-grad-cam's `DropInConfidence`). In percent, lower is better. Needs no ground truth,
/// and one pass per image. Not defined if `Y` is 0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct AverageDrop {
    /// `true`: the loss is a fraction of the probability; `false`: the difference itself.
    pub relative: bool,
}

impl Default for AverageDrop {
    fn default() -> Self {
        Self { relative: true }
    }
}

impl Metric for AverageDrop {
    fn measures(&self) -> Vec<Measure> {
        let name = if self.relative { "average-drop" } else { "average-drop@absolute" };
        vec![Measure::number(name, "%", Direction::LowerIsBetter, TruthKind::None)]
    }

    fn measurement(&self) -> Option<&dyn Measurement> {
        self.relative.then_some(self as &dyn Measurement)
    }

    fn measured_by(&self) -> Vec<MetricSpec> {
        if self.relative { Vec::new() } else { vec![MetricSpec::AverageDrop(Self::default())] }
    }

    fn estimator(&self, rows: &ImageColumns) -> Box<dyn Estimator> {
        let drops = confidence::probabilities(rows)
            .map(|known| known.and_then(|(whole, masked)| confidence::drop(whole, masked, self.relative)));
        Box::new(Means::of(drops, 100.0))
    }
}

impl Measurement for AverageDrop {
    fn columns(&self) -> Vec<MeasuredColumn> {
        confidence::columns()
    }

    fn version(&self) -> u32 {
        2
    }

    fn passes(&self, _pixels: usize) -> usize {
        1
    }

    fn changed<'a>(&'a self, image: &MeasuredImage<'a>) -> Option<Box<dyn ChangedImages + 'a>> {
        Some(Box::new(MultipliedImage::of(image)))
    }
}

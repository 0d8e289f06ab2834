use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AverageDrop, confidence};
use crate::metric::mean::Means;
use crate::metric::{Direction, Estimator, ImageColumns, Measure, Metric, MetricSpec, TruthKind};

/// Average increase (increase in confidence): percentage of images whose target class gains probability when the
/// preprocessed image is multiplied by its map.
///
/// `AI = mean of 1[Y < O]`, `Y` the probability for the whole image and `O` for the multiplied one (Chattopadhay et al.
/// 2018, Grad-CAM++, section 5.1; torchcam's `ClassificationMetric`, pytorch-grad-cam's `IncreaseInConfidence`). In
/// percent, higher is better. Needs no ground truth; reads the passes of `average-drop`. Always defined for maps of a
/// network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct AverageIncrease {}

impl Metric for AverageIncrease {
    fn measures(&self) -> Vec<Measure> {
        vec![Measure::number("average-increase", "%", Direction::HigherIsBetter, TruthKind::None)]
    }

    fn measured_by(&self) -> Vec<MetricSpec> {
        vec![MetricSpec::AverageDrop(AverageDrop::default())]
    }

    fn estimator(&self, rows: &ImageColumns) -> Box<dyn Estimator> {
        let increased = confidence::probabilities(rows).map(|known| {
            let (whole, masked) = known.filter(|(whole, masked)| !whole.is_nan() && !masked.is_nan())?;
            Some(f64::from(u8::from(whole < masked)))
        });
        Box::new(Means::of(increased, 100.0))
    }
}

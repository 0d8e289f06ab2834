use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AverageDrop, confidence};
use crate::metric::mean::Means;
use crate::metric::{Direction, Estimator, ImageColumns, Measure, Metric, MetricSpec, TruthKind};

/// Average gain: gain of the target class's probability when the preprocessed image is multiplied by its map, mean over
/// images.
///
/// `AG = mean of max(0, O - Y) / (1 - Y)`, `Y` the probability for the whole image and `O` for the multiplied one
/// (Zhang et al. 2024, Opti-CAM, equation 13); with `relative = false` `mean of max(0, O - Y)`. In percent, higher is
/// better. Needs no ground truth; reads the passes of `average-drop`. Not defined if `Y` is 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct AverageGain {
    /// `true`: the gain is a fraction of what the probability lacks to 1; `false`: the difference itself.
    pub relative: bool,
}

impl Default for AverageGain {
    fn default() -> Self {
        Self { relative: true }
    }
}

impl Metric for AverageGain {
    fn measures(&self) -> Vec<Measure> {
        let name = if self.relative { "average-gain" } else { "average-gain@absolute" };
        vec![Measure::number(name, "%", Direction::HigherIsBetter, TruthKind::None)]
    }

    fn measured_by(&self) -> Vec<MetricSpec> {
        vec![MetricSpec::AverageDrop(AverageDrop::default())]
    }

    fn estimator(&self, rows: &ImageColumns) -> Box<dyn Estimator> {
        let gains = confidence::probabilities(rows)
            .map(|known| known.and_then(|(whole, masked)| confidence::gain(whole, masked, self.relative)));
        Box::new(Means::of(gains, 100.0))
    }
}

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::harmonic::harmonic_mean;
use super::{AverageDrop, Coherency, L1Complexity, coherency, confidence, l1_complexity};
use crate::metric::mean::Means;
use crate::metric::{Direction, Estimator, ImageColumns, Measure, Metric, MetricSpec, TruthKind};

/// ADCC: harmonic mean of coherency, 1 - L1 complexity and 1 - average drop of each image, mean over images.
///
/// `3 / (1 / coherency + 1 / (1 - complexity) + 1 / (1 - AD))` (Poppi et al. 2021, equation 4, with coherency scaled to
/// 0 to 1 as in pytorch-grad-cam). In percent, higher is better. Needs no ground truth; reads what `coherency`,
/// `l1-complexity` and `average-drop` measure. Not defined where one of these is not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Adcc {}

impl Metric for Adcc {
    fn measures(&self) -> Vec<Measure> {
        vec![Measure::number("adcc", "%", Direction::HigherIsBetter, TruthKind::None)]
    }

    fn measured_by(&self) -> Vec<MetricSpec> {
        vec![
            MetricSpec::Coherency(Coherency::default()),
            MetricSpec::L1Complexity(L1Complexity::default()),
            MetricSpec::AverageDrop(AverageDrop::default()),
        ]
    }

    fn estimator(&self, rows: &ImageColumns) -> Box<dyn Estimator> {
        let parts = rows
            .quantity(coherency::COLUMN)
            .zip(rows.quantity(l1_complexity::COLUMN))
            .zip(confidence::probabilities(rows));
        let scores = parts.map(|((coherency, complexity), known)| {
            let drop = known.and_then(|(whole, masked)| confidence::drop(whole, masked, true));
            harmonic_mean([coherency, complexity.map(|c| 1.0 - c), drop.map(|drop| 1.0 - drop)])
        });
        Box::new(Means::of(scores, 100.0))
    }
}

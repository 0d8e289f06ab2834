use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::harmonic::harmonic_mean;
use super::{Coherency, L1Complexity, Road, coherency, l1_complexity};
use crate::metric::mean::Means;
use crate::metric::{Direction, Estimator, ImageColumns, Measure, Metric, MetricSpec, TruthKind};

/// ARCC: harmonic mean of coherency, 1 - L1 complexity and ROAD of each image, mean over images.
///
/// `3 / (1 / coherency + 1 / (1 - complexity) + 1 / R)`, `R` twice the combined ROAD at the percentiles 20, 40, 60 and
/// 80, cut to 0 to 1 (arXiv 2605.14641; pytorch-grad-cam's `ARCC`). In percent, higher is better. Needs no ground
/// truth; reads what `coherency`, `l1-complexity` and `road` measure. Not defined where one of these is not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Arcc {}

impl Arcc {
    fn road() -> Road {
        Road { percentiles: vec![20.0, 40.0, 60.0, 80.0], ..Road::default() }
    }
}

impl Metric for Arcc {
    fn measures(&self) -> Vec<Measure> {
        vec![Measure::number("arcc", "%", Direction::HigherIsBetter, TruthKind::None)]
    }

    fn measured_by(&self) -> Vec<MetricSpec> {
        vec![
            MetricSpec::Coherency(Coherency::default()),
            MetricSpec::L1Complexity(L1Complexity::default()),
            MetricSpec::Road(Self::road()),
        ]
    }

    fn estimator(&self, rows: &ImageColumns) -> Box<dyn Estimator> {
        let parts = rows
            .quantity(coherency::COLUMN)
            .zip(rows.quantity(l1_complexity::COLUMN))
            .zip(Self::road().combined(rows));
        let scores = parts.map(|((coherency, complexity), road)| {
            harmonic_mean([coherency, complexity.map(|c| 1.0 - c), road.map(|road| 2.0 * road)])
        });
        Box::new(Means::of(scores, 100.0))
    }
}

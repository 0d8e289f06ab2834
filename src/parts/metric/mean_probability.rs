use super::mean::Means;
use super::{Direction, Estimator, ImageColumns, Measure, Metric, TruthKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Softmax probability of the true class, in `[0, 1]`, mean over images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct MeanProbability {}

impl Metric for MeanProbability {
    fn needs_prediction(&self) -> bool {
        true
    }

    fn measures(&self) -> Vec<Measure> {
        let (unit, direction, truth) = ("", Direction::HigherIsBetter, TruthKind::Labels);
        vec![Measure { name: "mean-probability".to_owned(), unit, direction, truth, threshold: None }]
    }

    fn estimator(&self, rows: &ImageColumns) -> Box<dyn Estimator> {
        Box::new(Means::of(rows.label_probability.iter().map(|value| value.map(f64::from)), 1.0))
    }
}

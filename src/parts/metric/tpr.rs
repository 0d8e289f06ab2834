use super::mean::Means;
use super::{Direction, Estimator, ImageColumns, Measure, Metric, TruthKind, options};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// True positive rate: percentage of the object's pixels at or above a threshold of the min-max normalised map
/// ([`camlab_raster::rates`]), mean over images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Tpr {
    /// Thresholds in `[0, 1]`; one measure each.
    #[serde(deserialize_with = "options::thresholds")]
    #[schemars(schema_with = "options::thresholds_schema")]
    pub thresholds: Vec<f32>,
}

impl Default for Tpr {
    fn default() -> Self {
        Self { thresholds: vec![0.5] }
    }
}

impl Metric for Tpr {
    fn measures(&self) -> Vec<Measure> {
        let (unit, direction, truth) = ("%", Direction::HigherIsBetter, TruthKind::Masks);
        let measure = |threshold: &f32| Measure {
            name: format!("tpr@{threshold}"),
            unit,
            direction,
            truth,
            threshold: None,
        };
        self.thresholds.iter().map(measure).collect()
    }

    fn thresholds(&self) -> &[f32] {
        &self.thresholds
    }

    fn estimator(&self, rows: &ImageColumns) -> Box<dyn Estimator> {
        let columns = self.thresholds.iter().map(|&threshold| {
            rows.rates.iter().map(move |rates| {
                rates.iter().find(|rate| rate.threshold == threshold).and_then(|rate| rate.true_positive)
            })
        });
        Box::new(Means::of_all(columns, 100.0))
    }
}

use super::mean::Means;
use super::{Direction, Estimator, ImageColumns, Measure, Metric, TruthKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Kullback-Leibler divergence `KL(truth || map)` in nats ([`camlab_raster::kl_divergence`]), mean over images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Kl {}

impl Metric for Kl {
    fn measures(&self) -> Vec<Measure> {
        let (unit, direction, truth) = ("nats", Direction::LowerIsBetter, TruthKind::Masks);
        vec![Measure { name: "kl".to_owned(), unit, direction, truth, threshold: None }]
    }

    fn estimator(&self, rows: &ImageColumns) -> Box<dyn Estimator> {
        Box::new(Means::of(rows.kl.iter().map(|value| value.map(f64::from)), 1.0))
    }
}

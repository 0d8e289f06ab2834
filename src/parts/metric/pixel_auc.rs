use super::mean::Means;
use super::{Direction, Estimator, ImageColumns, Measure, Metric, TruthKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Area under the pixelwise ROC curve ([`camlab_raster::roc_auc`]), in `[0, 1]`, mean over images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct PixelAuc {}

impl Metric for PixelAuc {
    fn measures(&self) -> Vec<Measure> {
        let (unit, direction, truth) = ("", Direction::HigherIsBetter, TruthKind::Masks);
        vec![Measure { name: "pixel-auc".to_owned(), unit, direction, truth, threshold: None }]
    }

    fn estimator(&self, rows: &ImageColumns) -> Box<dyn Estimator> {
        Box::new(Means::of(rows.auc.iter().map(|value| value.map(f64::from)), 1.0))
    }
}

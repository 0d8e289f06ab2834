use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::mean::Means;
use super::{
    Estimator, ImageColumns, Measure, Measured, MeasuredColumn, MeasuredImage, Measurement, Metric, TruthKind,
};

const COLUMN: &str = "relevance_mass";

/// Relevance mass accuracy: share of the map's sum that lies on the object, mean over images.
///
/// `sum of M on the object / sum of M` (Arras et al. 2022, CLEVR-XAI, equation 1; Quantus' `RelevanceMassAccuracy`). In
/// percent, higher is better. Truth: masks, else filled boxes. Not defined without ground truth, and for a map that is
/// zero everywhere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct RelevanceMass {}

impl Metric for RelevanceMass {
    fn measures(&self) -> Vec<Measure> {
        vec![Measure::percent("relevance-mass", TruthKind::Masks)]
    }

    fn measurement(&self) -> Option<&dyn Measurement> {
        Some(self)
    }

    fn estimator(&self, rows: &ImageColumns) -> Box<dyn Estimator> {
        Box::new(Means::of(rows.quantity(COLUMN), 100.0))
    }
}

impl Measurement for RelevanceMass {
    fn columns(&self) -> Vec<MeasuredColumn> {
        vec![MeasuredColumn::number(COLUMN)]
    }

    fn version(&self) -> u32 {
        1
    }

    fn measure(&self, image: &MeasuredImage<'_>) -> Vec<Measured> {
        vec![Measured::Number(camlab_raster::mass_within(image.map, image.mask))]
    }
}

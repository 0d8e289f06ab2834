use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::metric::mean::Means;
use crate::metric::{
    Direction, Estimator, ImageColumns, Measure, Measured, MeasuredColumn, MeasuredImage, Measurement,
    Metric, TruthKind,
};

/// The column of [`Complexity`].
pub(super) const COLUMN: &str = "complexity";

/// Complexity: entropy of the scaled map as a distribution over its pixels, mean over images.
///
/// `- sum over i of p_i ln p_i`, `p_i = m_i / sum of m` (Bhatt et al. 2020, equation 5; Quantus' `Complexity`). In
/// nats, from 0 (one pixel) to the logarithm of the number of pixels; lower is more concentrated. Needs no ground
/// truth. Not defined for a map that is zero everywhere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Complexity {}

impl Metric for Complexity {
    fn measures(&self) -> Vec<Measure> {
        vec![Measure::number("complexity", "nats", Direction::LowerIsBetter, TruthKind::None)]
    }

    fn measurement(&self) -> Option<&dyn Measurement> {
        Some(self)
    }

    fn estimator(&self, rows: &ImageColumns) -> Box<dyn Estimator> {
        Box::new(Means::of(rows.quantity(COLUMN), 1.0))
    }
}

impl Measurement for Complexity {
    fn columns(&self) -> Vec<MeasuredColumn> {
        vec![MeasuredColumn::number(COLUMN)]
    }

    fn version(&self) -> u32 {
        1
    }

    fn measure(&self, image: &MeasuredImage<'_>) -> Vec<Measured> {
        vec![Measured::Number(camlab_raster::complexity(&image.map.data))]
    }
}

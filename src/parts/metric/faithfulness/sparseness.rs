use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::metric::mean::Means;
use crate::metric::{
    Direction, Estimator, ImageColumns, Measure, Measured, MeasuredColumn, MeasuredImage, Measurement,
    Metric, TruthKind,
};

/// The column of [`Sparseness`].
pub(super) const COLUMN: &str = "sparseness";

/// Sparseness: Gini index of the scaled map's values, mean over images.
///
/// `sum over i of (2 i - n - 1) m_i / (n sum of m_i)`, `m` ascending (Chalasani et al. 2020; Quantus' `Sparseness`).
/// From 0 (uniform) to 1 (one pixel), higher is more concentrated. Needs no ground truth. Not defined for a map that is
/// zero everywhere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Sparseness {}

impl Metric for Sparseness {
    fn measures(&self) -> Vec<Measure> {
        vec![Measure::number("sparseness", "", Direction::HigherIsBetter, TruthKind::None)]
    }

    fn measurement(&self) -> Option<&dyn Measurement> {
        Some(self)
    }

    fn estimator(&self, rows: &ImageColumns) -> Box<dyn Estimator> {
        Box::new(Means::of(rows.quantity(COLUMN), 1.0))
    }
}

impl Measurement for Sparseness {
    fn columns(&self) -> Vec<MeasuredColumn> {
        vec![MeasuredColumn::number(COLUMN)]
    }

    fn version(&self) -> u32 {
        1
    }

    fn measure(&self, image: &MeasuredImage<'_>) -> Vec<Measured> {
        vec![Measured::Number(camlab_raster::sparseness(&image.map.data))]
    }
}

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::metric::mean::Means;
use crate::metric::{
    Direction, Estimator, ImageColumns, Measure, Measured, MeasuredColumn, MeasuredImage, Measurement,
    Metric, TruthKind,
};

/// The column of [`L1Complexity`].
pub(super) const COLUMN: &str = "l1_complexity";

/// L1 complexity: mean of the scaled map over its pixels, mean over images.
///
/// `|M|_1 / (h w)` (Poppi et al. 2021, section 3.2; pytorch-grad-cam's `Complexity`). In percent, from 0 to 100, lower
/// is better: less of the image is needed. Needs no ground truth. Not defined for a map that is zero everywhere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct L1Complexity {}

impl Metric for L1Complexity {
    fn measures(&self) -> Vec<Measure> {
        vec![Measure::number("l1-complexity", "%", Direction::LowerIsBetter, TruthKind::None)]
    }

    fn measurement(&self) -> Option<&dyn Measurement> {
        Some(self)
    }

    fn estimator(&self, rows: &ImageColumns) -> Box<dyn Estimator> {
        Box::new(Means::of(rows.quantity(COLUMN), 100.0))
    }
}

impl Measurement for L1Complexity {
    fn columns(&self) -> Vec<MeasuredColumn> {
        vec![MeasuredColumn::number(COLUMN)]
    }

    fn version(&self) -> u32 {
        1
    }

    fn measure(&self, image: &MeasuredImage<'_>) -> Vec<Measured> {
        vec![Measured::Number(camlab_raster::mean_magnitude(&image.map.data))]
    }
}

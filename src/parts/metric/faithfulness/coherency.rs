use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::metric::mean::Means;
use crate::metric::{
    Alteration, Direction, Estimator, ImageColumns, Measure, Measured, MeasuredColumn, MeasuredImage,
    Measurement, Metric, TruthKind,
};
use camlab_raster::Map;

/// The column of [`Coherency`].
pub(super) const COLUMN: &str = "coherency";

/// Coherency: correlation of the map with the map that the method makes of the preprocessed image multiplied by it,
/// mean over images.
///
/// `(1 + Pearson(M(x), M(x * M(x)))) / 2` (Poppi et al. 2021, equation 1; scaled to 0 to 1 as in pytorch-grad-cam's
/// `Coherency`). In percent, higher is better. Needs no ground truth; the method makes its maps a second time. Not
/// defined if one of the maps is constant, and for maps whose method camlab does not run (`[[external]]`, chains,
/// ensembles, baselines).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Coherency {}

impl Metric for Coherency {
    fn measures(&self) -> Vec<Measure> {
        vec![Measure::number("coherency", "%", Direction::HigherIsBetter, TruthKind::None)]
    }

    fn measurement(&self) -> Option<&dyn Measurement> {
        Some(self)
    }

    fn estimator(&self, rows: &ImageColumns) -> Box<dyn Estimator> {
        Box::new(Means::of(rows.quantity(COLUMN), 100.0))
    }
}

impl Measurement for Coherency {
    fn columns(&self) -> Vec<MeasuredColumn> {
        vec![MeasuredColumn::number(COLUMN)]
    }

    fn version(&self) -> u32 {
        1
    }

    fn explained_again(&self) -> Option<Alteration> {
        Some(Alteration::Masked)
    }

    fn measure(&self, image: &MeasuredImage<'_>) -> Vec<Measured> {
        let again = image.again.first();
        vec![Measured::Number(again.and_then(|again| correlation(image.map, again)).map(|r| (1.0 + r) / 2.0))]
    }
}

/// Pearson correlation of two maps of one size; `None` if one of them is constant or has a NaN.
fn correlation(one: &Map, other: &Map) -> Option<f64> {
    if one.data.len() != other.data.len() {
        return None;
    }
    let mean =
        |map: &Map| map.data.iter().map(|value| f64::from(*value)).sum::<f64>() / map.data.len() as f64;
    let (mean_one, mean_other) = (mean(one), mean(other));
    let (mut both, mut of_one, mut of_other) = (0.0, 0.0, 0.0);
    for (a, b) in one.data.iter().zip(&other.data) {
        let (a, b) = (f64::from(*a) - mean_one, f64::from(*b) - mean_other);
        both += a * b;
        of_one += a * a;
        of_other += b * b;
    }
    let correlation = both / (of_one * of_other).sqrt();
    correlation.is_finite().then(|| correlation.clamp(-1.0, 1.0))
}

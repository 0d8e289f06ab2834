use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::pixel_counts::{self, PixelCounts};
use super::{
    Estimator, ImageColumns, Measure, Measured, MeasuredColumn, MeasuredImage, Measurement, Metric,
    TruthKind, options,
};
use camlab_raster::pixel_average_precision;

/// PxAP, pixel average precision: area under the precision-recall curve of the map's thresholds over the pixels of all
/// images.
///
/// `sum over thresholds t, descending, of precision(t) (recall(t) - recall(next higher t))`, pixels counted over the
/// whole data set (Choe et al. 2020, equation 4; wsolevaluation's `MaskEvaluator`, whose bins and formula these are).
/// In percent, higher is better. Truth: masks, else filled boxes; ignored pixels count for nothing. Images without an
/// object are left out; not defined without any. Not a mean over images: claims cannot use it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct PxAp {
    /// Distance of the thresholds; wsolevaluation: 0.001 in its published tables.
    #[serde(deserialize_with = "options::interval")]
    #[schemars(schema_with = "options::interval_schema")]
    pub interval: f64,
}

impl Default for PxAp {
    fn default() -> Self {
        Self { interval: 0.001 }
    }
}

/// A measure's name, with the interval appended if it is not the default.
pub(super) fn name_at(name: &str, interval: f64) -> String {
    match interval == PxAp::default().interval {
        true => name.to_owned(),
        false => format!("{name}@interval={interval}"),
    }
}

impl Metric for PxAp {
    fn measures(&self) -> Vec<Measure> {
        vec![Measure::percent(name_at("px-ap", self.interval), TruthKind::Masks)]
    }

    fn measurement(&self) -> Option<&dyn Measurement> {
        Some(self)
    }

    fn estimator(&self, rows: &ImageColumns) -> Box<dyn Estimator> {
        Box::new(PooledPrecision(PixelCounts::of(rows, self.interval, |_| true)))
    }
}

impl Measurement for PxAp {
    fn columns(&self) -> Vec<MeasuredColumn> {
        vec![MeasuredColumn::list(pixel_counts::column(self.interval))]
    }

    fn version(&self) -> u32 {
        1
    }

    fn measure(&self, image: &MeasuredImage<'_>) -> Vec<Measured> {
        pixel_counts::measure(image, self.interval)
    }
}

struct PooledPrecision(PixelCounts);

impl Estimator for PooledPrecision {
    fn values(&self, weights: &[u32]) -> Vec<Option<f64>> {
        let [object, background] = self.0.pooled(weights);
        vec![pixel_average_precision(&object, &background).map(|precision| 100.0 * precision)]
    }

    fn counts(&self) -> Vec<usize> {
        vec![self.0.len()]
    }

    fn images(&self) -> Vec<Vec<Option<f64>>> {
        Vec::new()
    }
}

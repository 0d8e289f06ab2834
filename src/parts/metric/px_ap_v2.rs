use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::pixel_counts::PixelCounts;
use super::px_ap::name_at;
use super::{Estimator, ImageColumns, Measure, Metric, MetricSpec, PxAp, TruthKind, options};
use camlab_raster::pixel_average_precision;

/// PxAPV2: mean over the classes of PxAP, so that classes with large objects do not decide alone.
///
/// `mean over c of PxAP(images of class c)` (Choe et al. 2022, "Evaluation for weakly supervised object localization:
/// protocol, metrics, and datasets", section 4.3, there called mPxAP). In percent, higher is better. Truth: masks, else
/// filled boxes, and labels. Reads what `px-ap` measures. Classes without an object are left out; not defined without
/// any. Not a mean over images: claims cannot use it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct PxApV2 {
    /// Distance of the thresholds.
    #[serde(deserialize_with = "options::interval")]
    #[schemars(schema_with = "options::interval_schema")]
    pub interval: f64,
}

impl Default for PxApV2 {
    fn default() -> Self {
        Self { interval: PxAp::default().interval }
    }
}

impl Metric for PxApV2 {
    fn measures(&self) -> Vec<Measure> {
        vec![Measure::percent(name_at("px-ap-v2", self.interval), TruthKind::Masks)]
    }

    fn measured_by(&self) -> Vec<MetricSpec> {
        vec![MetricSpec::PxAp(PxAp { interval: self.interval })]
    }

    fn estimator(&self, rows: &ImageColumns) -> Box<dyn Estimator> {
        let mut classes = rows.labels.clone();
        classes.sort_unstable();
        classes.dedup();
        let of = |class: usize| {
            PixelCounts::of(rows, self.interval, |image| rows.labels.get(image) == Some(&class))
        };
        Box::new(ClassPixelPrecision(classes.into_iter().map(of).filter(|counts| counts.len() > 0).collect()))
    }
}

struct ClassPixelPrecision(Vec<PixelCounts>);

impl Estimator for ClassPixelPrecision {
    fn values(&self, weights: &[u32]) -> Vec<Option<f64>> {
        let of = |counts: &PixelCounts| {
            let [object, background] = counts.pooled(weights);
            pixel_average_precision(&object, &background)
        };
        let known: Vec<f64> = self.0.iter().filter_map(of).collect();
        vec![(!known.is_empty()).then(|| 100.0 * known.iter().sum::<f64>() / known.len() as f64)]
    }

    fn counts(&self) -> Vec<usize> {
        vec![self.0.iter().map(PixelCounts::len).sum()]
    }

    fn images(&self) -> Vec<Vec<Option<f64>>> {
        Vec::new()
    }
}

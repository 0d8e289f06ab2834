use super::average_precision::MeanAveragePrecision;
use super::{Estimator, ImageColumns, Measure, Metric, TruthKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// mAP of the network's probabilities, in percent: for each class that occurs, the average precision of the images ranked
/// by its probability, averaged over the classes. An image with several labels is one image, which counts for all of its
/// classes. It is not a mean over images, so claims cannot use it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct MeanAveragePrecisionMetric {}

impl Metric for MeanAveragePrecisionMetric {
    fn needs_prediction(&self) -> bool {
        true
    }

    fn measures(&self) -> Vec<Measure> {
        vec![Measure::percent("mean-average-precision", TruthKind::Labels)]
    }

    fn reads_all_classes(&self) -> bool {
        true
    }

    fn estimator(&self, rows: &ImageColumns) -> Box<dyn Estimator> {
        let known = !rows.labels.is_empty() && rows.labels.len() == rows.class_probabilities.len();
        Box::new(ClassPrecision(known.then(|| {
            let score = |image: usize, class: usize| {
                f64::from(rows.class_probabilities[image].get(class).copied().unwrap_or(0.0))
            };
            MeanAveragePrecision::of_sets(&rows.label_sets(), rows.labels.len(), score)
        })))
    }
}

struct ClassPrecision(Option<MeanAveragePrecision>);

impl Estimator for ClassPrecision {
    fn values(&self, weights: &[u32]) -> Vec<Option<f64>> {
        vec![self.0.as_ref().and_then(|precision| precision.value(weights))]
    }

    /// The class's average precision: its images ranked among all.
    fn of_class(&self, class: usize, _: &[u32]) -> Vec<Option<f64>> {
        vec![self.0.as_ref().and_then(|precision| precision.of_class(class))]
    }

    fn counts(&self) -> Vec<usize> {
        vec![self.0.as_ref().map_or(0, MeanAveragePrecision::images)]
    }

    fn images(&self) -> Vec<Vec<Option<f64>>> {
        Vec::new()
    }
}

use super::mean::Means;
use super::top_k::top_column;
use super::{Estimator, ImageColumns, Measure, Metric, TruthKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Top-5 accuracy: percentage of images whose true class is among the first five.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Top5Acc {}

impl Metric for Top5Acc {
    fn needs_prediction(&self) -> bool {
        true
    }

    fn measures(&self) -> Vec<Measure> {
        vec![Measure::percent("top5-acc", TruthKind::Labels)]
    }

    fn estimator(&self, rows: &ImageColumns) -> Box<dyn Estimator> {
        Box::new(Means::of(top_column(rows, 5), 100.0))
    }
}

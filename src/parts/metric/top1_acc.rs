use super::mean::Means;
use super::top_k::top_column;
use super::{Estimator, ImageColumns, Measure, Metric, TruthKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Top-1 accuracy: percentage of images whose true class is ranked first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Top1Acc {}

impl Metric for Top1Acc {
    fn needs_prediction(&self) -> bool {
        true
    }

    fn measures(&self) -> Vec<Measure> {
        vec![Measure::percent("top1-acc", TruthKind::Labels)]
    }

    fn estimator(&self, rows: &ImageColumns) -> Box<dyn Estimator> {
        Box::new(Means::of(top_column(rows, 1), 100.0))
    }
}

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::mean::Means;
use super::{
    Estimator, ImageColumns, Measure, Measured, MeasuredColumn, MeasuredImage, Measurement, Metric, TruthKind,
};

const COLUMN: &str = "relevance_rank";

/// Relevance rank accuracy: share of the object's `K` pixels among the `K` highest pixels of the map, mean over images.
///
/// `|highest K pixels on the object| / K` (Arras et al. 2022, CLEVR-XAI, equation 2; Quantus' `RelevanceRankAccuracy`);
/// equal values in the order of rows. In percent, higher is better. Truth: masks, else filled boxes. Not defined
/// without ground truth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct RelevanceRank {}

impl Metric for RelevanceRank {
    fn measures(&self) -> Vec<Measure> {
        vec![Measure::percent("relevance-rank", TruthKind::Masks)]
    }

    fn measurement(&self) -> Option<&dyn Measurement> {
        Some(self)
    }

    fn estimator(&self, rows: &ImageColumns) -> Box<dyn Estimator> {
        Box::new(Means::of(rows.quantity(COLUMN), 100.0))
    }
}

impl Measurement for RelevanceRank {
    fn columns(&self) -> Vec<MeasuredColumn> {
        vec![MeasuredColumn::number(COLUMN)]
    }

    fn version(&self) -> u32 {
        1
    }

    fn measure(&self, image: &MeasuredImage<'_>) -> Vec<Measured> {
        vec![Measured::Number(camlab_raster::rank_within(image.map, image.mask))]
    }
}

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::mean::Means;
use super::{
    Estimator, ImageColumns, Measure, Measured, MeasuredColumn, MeasuredImage, Measurement, Metric,
    TruthKind, options,
};
use camlab_raster::top_within;

/// Top-k intersection: share of the `k` highest pixels of the map that lie on the object, mean over images.
///
/// `|highest k pixels on the object| / k` (Theiner et al. 2022; Quantus' `TopKIntersection`); equal values in the order
/// of rows. In percent, higher is better. Truth: masks, else filled boxes. Not defined without ground truth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct TopKIntersection {
    /// Number of pixels, at the size of the network's input; all pixels if there are fewer.
    #[serde(deserialize_with = "options::pixels")]
    #[schemars(schema_with = "options::pixels_schema")]
    pub k: usize,
}

impl Default for TopKIntersection {
    fn default() -> Self {
        Self { k: 1000 }
    }
}

impl TopKIntersection {
    fn name(&self) -> String {
        match self.k == Self::default().k {
            true => "top-k-intersection".to_owned(),
            false => format!("top-k-intersection@k={}", self.k),
        }
    }

    fn column(&self) -> String {
        self.name().replace('-', "_")
    }
}

impl Metric for TopKIntersection {
    fn measures(&self) -> Vec<Measure> {
        vec![Measure::percent(self.name(), TruthKind::Masks)]
    }

    fn measurement(&self) -> Option<&dyn Measurement> {
        Some(self)
    }

    fn estimator(&self, rows: &ImageColumns) -> Box<dyn Estimator> {
        Box::new(Means::of(rows.quantity(&self.column()), 100.0))
    }
}

impl Measurement for TopKIntersection {
    fn columns(&self) -> Vec<MeasuredColumn> {
        vec![MeasuredColumn::number(self.column())]
    }

    fn version(&self) -> u32 {
        1
    }

    fn measure(&self, image: &MeasuredImage<'_>) -> Vec<Measured> {
        vec![Measured::Number(top_within(image.map, image.mask, self.k))]
    }
}

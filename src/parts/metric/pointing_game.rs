use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::mean::Means;
use super::{
    Estimator, ImageColumns, Measure, Measured, MeasuredColumn, MeasuredImage, Measurement, Metric,
    TruthKind, options,
};
use camlab_raster::pointing_hit;

/// Pointing game: percentage of images whose map has its maximum on the object or within `tolerance` pixels of it.
///
/// `hit = distance(argmax M, object) <= tolerance` (Zhang et al. 2018, "Top-down neural attention by excitation
/// backprop", section 5.1, with 15 pixels on photographs of their own size; here the distance is measured at the size
/// of the network's input). In percent, higher is better. Truth: masks, else filled boxes. Not defined without ground
/// truth, and for a constant map.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct PointingGame {
    /// Largest distance from the object, pixels; 0: the maximum must be on it.
    #[serde(deserialize_with = "options::distance")]
    #[schemars(schema_with = "options::distance_schema")]
    pub tolerance: f32,
}

impl Default for PointingGame {
    fn default() -> Self {
        Self { tolerance: 15.0 }
    }
}

impl PointingGame {
    fn name(&self) -> String {
        match self.tolerance == Self::default().tolerance {
            true => "pointing-game".to_owned(),
            false => format!("pointing-game@tolerance={}", self.tolerance),
        }
    }

    fn column(&self) -> String {
        self.name().replace('-', "_")
    }
}

impl Metric for PointingGame {
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

impl Measurement for PointingGame {
    fn columns(&self) -> Vec<MeasuredColumn> {
        vec![MeasuredColumn::number(self.column())]
    }

    fn version(&self) -> u32 {
        1
    }

    fn measure(&self, image: &MeasuredImage<'_>) -> Vec<Measured> {
        let hit = pointing_hit(image.map, image.mask, self.tolerance);
        vec![Measured::Number(hit.map(|hit| f64::from(u8::from(hit))))]
    }
}
